import { FileAudio, FileVideo, Image } from "lucide-preact";
import type { Asset } from "../../../shared/assets/asset.ts";
import { PathLock } from "../locks/lock_mark.tsx";
import { showMenu } from "../menu/menu.ts";
import { MoreButton } from "../menu/more_button.tsx";
import { beside } from "../palette/beside.ts";
import { useWorkspace } from "../workspace.ts";
import { dragAsset } from "./drag.ts";
import { fileMenu } from "./file_menu.ts";
import { placeAssets } from "./place.ts";

/** Media of the project: a click puts a picture on the canvas, a drag where it is dropped. */
export function MediaGrid({ items }: { items: readonly Asset[] }) {
  const workspace = useWorkspace();
  const place = (asset: Asset) => placeAssets(workspace, [asset], { position: beside(workspace) });
  const menu = (event: MouseEvent, asset: Asset) =>
    showMenu(
      event,
      asset.name,
      fileMenu(workspace, { ...asset, place: asset.width === null ? null : () => place(asset) }),
    );
  return (
    <ul class="media-grid" aria-label="Project media">
      {items.map((asset) => (
        <li key={asset.id}>
          <button
            type="button"
            class="media-entry"
            draggable
            title={`${asset.name}: drag it onto the canvas or onto a node`}
            onDragStart={(event) => dragAsset(event, asset)}
            onClick={() => place(asset)}
            onContextMenu={(event) => menu(event, asset)}
          >
            <Thumbnail asset={asset} />
            <PathLock path={asset.path} />
            <span>{asset.name}</span>
          </button>
          <MoreButton name={asset.name} onOpen={(event) => menu(event, asset)} />
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ asset }: { asset: Asset }) {
  if (asset.thumbnail_url) {
    return <img src={asset.thumbnail_url} alt="" loading="lazy" decoding="async" draggable={false} />;
  }
  const Icon = asset.folder === "Audio" ? FileAudio : asset.folder === "Video" ? FileVideo : Image;
  return (
    <i class="no-picture">
      <Icon size={22} />
    </i>
  );
}
