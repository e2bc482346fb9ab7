"""FlexiAct (TencentARC, Apache-2.0) on CogVideoX-5B-I2V, kept in memory between prompts."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .graph import Json, Request

#: What the model was made for; the repository's inference script has the same.
WIDTH, HEIGHT, FRAMES, FPS = 720, 480, 49, 8
LORA_WEIGHT = 0.7
HIGH_TIMESTEPS = 0.8
REWEIGHT_SCALE = 1.0


class FlexiAct:
    """`code` is a checkout of the repository, `models` the folder of the model files."""

    def __init__(self, code: Path, models: Path) -> None:
        self._base = models / "CogVideoX-5b-I2V"
        self._adapter = models / "flexiact" / "refnetlora_step40000_model.pt"
        self._actions = models / "flexiact" / "motion_ckpts"
        self._pipe: Any = None
        sys.path.insert(0, str(code))

    def actions(self) -> list[str]:
        return sorted(file.stem for file in self._actions.glob("*.pt"))

    def device(self) -> Json:
        import torch

        if not torch.cuda.is_available():
            return {"name": "cpu", "type": "cpu", "index": None, "vram_total": 0, "vram_free": 0}
        free, total = torch.cuda.mem_get_info()
        name = f"cuda:0 {torch.cuda.get_device_name(0)}"
        return {"name": name, "type": "cuda", "index": 0, "vram_total": total, "vram_free": free}

    def transfer(self, request: Request, file: Path, progress: Callable[[int, int], None]) -> None:
        import torch
        from diffusers.utils import export_to_video
        from scripts.utils import compute_prompt_embeddings, get_gt_img

        device, dtype = torch.device("cuda"), torch.bfloat16
        pipe = self._loaded()
        action = self._actions / f"{request.action}.pt"
        pipe.transformer.load_state_dict(torch.load(action, weights_only=True), strict=False)
        progress(0, request.steps)
        generator = torch.Generator(device=device).manual_seed(request.seed % 2**63)
        pipe.text_encoder.to(device)
        words = compute_prompt_embeddings(
            pipe.tokenizer, pipe.text_encoder, ["", request.prompt], 226, device, dtype, requires_grad=False
        )
        pipe.text_encoder.to("cpu")
        with torch.no_grad():
            picture = get_gt_img(str(request.image), HEIGHT, WIDTH).permute(0, 2, 1, 3, 4)[:, :, :1]
            first = pipe.vae.encode(picture.to(device, dtype)).latent_dist.sample(generator)
        first = first.permute(0, 2, 1, 3, 4) * pipe.vae.config.scaling_factor
        shape = (1, (FRAMES - 1) // 4 + 1, first.shape[2], HEIGHT // 8, WIDTH // 8)
        rest = torch.zeros((1, shape[1] - 1, *shape[2:]), device=device, dtype=dtype)

        def step(_pipe: Any, done: int, _time: Any, state: Json) -> Json:
            progress(done + 1, request.steps)
            return state

        frames = pipe(
            image=torch.cat([first, rest], dim=1),
            latents=torch.randn(shape, device=device, generator=generator).to(dtype),
            prompt_embeds=words.to(dtype),
            height=HEIGHT,
            width=WIDTH,
            num_frames=FRAMES,
            num_inference_steps=request.steps,
            guidance_scale=request.guidance,
            use_dynamic_cfg=False,
            high_timesteps=HIGH_TIMESTEPS,
            reweight_scale=REWEIGHT_SCALE,
            generator=generator,
            callback_on_step_end=step,
        ).frames[0]
        export_to_video(frames, str(file), fps=FPS)

    def unload(self) -> None:
        if self._pipe is None:
            return
        import torch

        self._pipe = None
        gc.collect()
        torch.cuda.empty_cache()

    def _loaded(self) -> Any:
        """The pipeline of the repository's scripts/inference.py."""
        if self._pipe is not None:
            return self._pipe
        import torch
        from diffusers import CogVideoXDPMScheduler
        from models.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
        from models.FlexiAct_processor import RefNetLoRAProcessor
        from models.my_CogVideoI2V import CogVideoXTransformer3DModelIP
        from models.my_pipeline_i2v import CogVideoXImageToVideoPipeline

        device, dtype, base = torch.device("cuda"), torch.bfloat16, str(self._base)
        transformer = CogVideoXTransformer3DModelIP.from_pretrained(base, subfolder="transformer", torch_dtype=dtype)
        transformer.set_attn_processor(
            {
                name: RefNetLoRAProcessor(
                    dim=3072, rank=64, network_alpha=32, lora_weight=LORA_WEIGHT, stage=0
                )
                for name in transformer.attn_processors
            }
        )
        transformer.load_state_dict(torch.load(self._adapter, weights_only=True), strict=False)
        scheduler = CogVideoXDPMScheduler.from_pretrained(base, subfolder="scheduler")
        pipe = CogVideoXImageToVideoPipeline.from_pretrained(
            base, transformer=transformer, scheduler=scheduler, torch_dtype=dtype
        )
        vae = AutoencoderKLCogVideoX.from_pretrained(base, subfolder="vae").to(device, dtype)
        vae.enable_slicing()
        vae.enable_tiling()
        pipe.vae = vae
        pipe.transformer.to(device, dtype)
        self._pipe = pipe
        return pipe
