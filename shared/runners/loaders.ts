/** What ComfyUI's loaders read, for whoever turns a graph into a runner or checks one. From ComfyUI 0.3.64 and the packs named. */

/** `class.input` to the folder under models/ whose files it lists. */
export const MODEL_FOLDERS: Readonly<Record<string, string>> = {
  "CheckpointLoaderSimple.ckpt_name": "checkpoints",
  "ImageOnlyCheckpointLoader.ckpt_name": "checkpoints",
  "UNETLoader.unet_name": "diffusion_models",
  "CLIPLoader.clip_name": "text_encoders",
  "DualCLIPLoader.clip_name1": "text_encoders",
  "DualCLIPLoader.clip_name2": "text_encoders",
  "TripleCLIPLoader.clip_name1": "text_encoders",
  "TripleCLIPLoader.clip_name2": "text_encoders",
  "TripleCLIPLoader.clip_name3": "text_encoders",
  "VAELoader.vae_name": "vae",
  "LoraLoader.lora_name": "loras",
  "LoraLoaderModelOnly.lora_name": "loras",
  "ControlNetLoader.control_net_name": "controlnet",
  "StyleModelLoader.style_model_name": "style_models",
  "CLIPVisionLoader.clip_name": "clip_vision",
  "ModelPatchLoader.name": "model_patches",
  "AudioEncoderLoader.audio_encoder_name": "audio_encoders",
  "UpscaleModelLoader.model_name": "upscale_models",
  "GLIGENLoader.gligen_name": "gligen",
  "HypernetworkLoader.hypernetwork_name": "hypernetworks",
  // ComfyUI-IPAdapter-Flux, ComfyUI-WanVideoWrapper
  "IPAdapterFluxLoader.ipadapter": "ipadapter-flux",
  "LoadWanVideoT5TextEncoder.model_name": "text_encoders",
  "WanVideoVAELoader.model_name": "vae",
  "WanVideoModelLoader.model": "diffusion_models",
  "FantasyTalkingModelLoader.model": "diffusion_models",
};

/** Classes that read an uploaded file: the input that names it, and what it is. */
export const FILE_INPUTS: Readonly<
  Record<string, { input: string; type: "image" | "mask" | "audio" | "video" }>
> = {
  LoadImage: { input: "image", type: "image" },
  LoadImageMask: { input: "image", type: "mask" },
  LoadAudio: { input: "audio", type: "audio" },
  LoadVideo: { input: "file", type: "video" },
};

/** Classes whose files are a take: what they write. */
export const SAVERS: Readonly<Record<string, "image" | "video">> = {
  SaveImage: "image",
  SaveVideo: "video",
  SaveWEBM: "video",
  VHS_VideoCombine: "video",
};
