import { ImagePlus, Star, X } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import type { SetFields } from "../inspector/node_panel.tsx";
import { useWorkspace } from "../workspace.ts";
import { chooseFiles, dropMedia, PICTURES } from "./drag.ts";
import { FilePicture } from "./picture.tsx";
import { bringFiles } from "./place.ts";

/** The pictures of an asset: add, take out, choose which one stands for it. */
export function AssetPictures({ node, set }: { node: NodeOf<"asset">; set: SetFields }) {
  const workspace = useWorkspace();
  const place = { node: node.id, position: node.position };
  const { images } = node;
  return (
    <div class="field" onDrop={(event) => void dropMedia(workspace, event, place)}>
      <span>
        Pictures <small>the first one stands for it</small>
      </span>
      {images.length === 0
        ? <div class="drop-hint">Drop pictures here, or choose some</div>
        : (
          <div class="pictures">
            {images.map((image, index) => (
              <figure key={image.oid} class={index === 0 ? "first" : ""} title={image.path}>
                <FilePicture file={image} />
                <div class="over">
                  {index > 0
                    ? (
                      <button
                        type="button"
                        class="button icon small"
                        aria-label={`Put picture ${index + 1} first`}
                        title="Put first"
                        onClick={() =>
                          set("Put a picture first", {
                            images: [
                              image,
                              ...images.filter((each) => each !== image),
                            ],
                          })}
                      >
                        <Star size={13} />
                      </button>
                    )
                    : <span />}
                  <button
                    type="button"
                    class="button icon small"
                    aria-label={`Take picture ${index + 1} out`}
                    title="Take out; the file stays in the project"
                    onClick={() =>
                      set("Take a picture out", {
                        images: images.filter((each) =>
                          each !== image
                        ),
                      })}
                  >
                    <X size={13} />
                  </button>
                </div>
              </figure>
            ))}
          </div>
        )}
      <button
        type="button"
        class="button"
        onClick={() => chooseFiles(PICTURES, (files) => void bringFiles(workspace, files, place))}
      >
        <ImagePlus size={15} /> Add pictures
      </button>
    </div>
  );
}
