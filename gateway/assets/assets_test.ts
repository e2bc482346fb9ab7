import assert from "node:assert/strict";
import { Asset, OWN_THUMBNAIL } from "../../shared/assets/asset.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { openTestStudio } from "../testing/studio.ts";
import { fileAsset, png, upload } from "./testing.ts";

Deno.test("a picture that an artist brings becomes an asset, a pointer in Git and a picture in lists", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const bytes = png(64, 48);
  const pointer = await upload(test, project, bytes);

  const answer = await fileAsset(
    test,
    project,
    { folder: "Images", name: "Keeper.PNG", ...pointer },
    "artist",
  );
  assert.equal(answer.status, 201);
  const asset = Asset.parse(await answer.json());
  assert.equal(asset.path, "01_Assets/Images/Keeper.png");
  assert.deepEqual([asset.width, asset.height, asset.format, asset.created_by], [
    64,
    48,
    "png",
    "Test artist",
  ]);

  await test.studio.git.settle(project.id);
  const committed = await test.studio.git.readFile(project, asset.path);
  assert.equal(new TextDecoder().decode(committed!), writePointer(pointer));

  const list = await (await test.request(`/api/projects/${project.id}/assets`)).json();
  assert.deepEqual(list.items.map((each: Asset) => [each.id, each.committed]), [[asset.id, true]]);
  for (const name of [asset.id, asset.oid]) {
    const file = await test.request(`/api/projects/${project.id}/assets/${name}/file`);
    assert.equal(file.status, 302);
    const got = await test.request(file.headers.get("location")!, {}, "nobody");
    assert.equal(got.headers.get("content-type"), "image/png");
    assert.deepEqual(new Uint8Array(await got.arrayBuffer()), bytes);
  }
});

Deno.test("the same bytes are filed once, other bytes of the same name get a free one", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const file = async (bytes: Uint8Array<ArrayBuffer>, name: string) => {
    const answer = await fileAsset(test, project, {
      folder: "Images",
      name,
      ...await upload(test, project, bytes),
    });
    return { status: answer.status, ...Asset.parse(await answer.json()) };
  };
  const first = await file(png(8, 8, 1), "a.png");
  const again = await file(png(8, 8, 1), "b.png");
  assert.deepEqual([again.status, again.id, again.path], [200, first.id, first.path]);
  assert.equal((await file(png(8, 8, 2), "A.png")).path, "01_Assets/Images/A-2.png");

  // What somebody pushed is not overwritten either.
  await test.studio.git.commit(project, {
    message: "Add c",
    author: "A person",
    changes: [{ path: "01_Assets/Images/c.png", content: "theirs" }],
  });
  assert.equal((await file(png(8, 8, 3), "c.png")).path, "01_Assets/Images/c-2.png");
});

Deno.test("what is not what its folder takes is refused with a sentence", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const text = await upload(test, project, new TextEncoder().encode("<html>not a picture</html>"));
  const refused = await fileAsset(test, project, { folder: "Images", name: "a.png", ...text });
  assert.equal(refused.status, 415);
  assert.match((await refused.json()).detail, /a\.png is not one of the PNG, JPEG and WebP pictures/);

  const picture = await upload(test, project, png(8, 8));
  assert.equal((await fileAsset(test, project, { folder: "Video", name: "a.mp4", ...picture })).status, 415);
  const cut = await upload(test, project, png(8, 8).slice(0, 20));
  assert.equal((await fileAsset(test, project, { folder: "Images", name: "a.png", ...cut })).status, 415);
  const vast = await upload(test, project, png(8, 8).map((byte, at) => at === 16 || at === 20 ? 1 : byte));
  assert.equal((await fileAsset(test, project, { folder: "Images", name: "a.png", ...vast })).status, 413);
  const huge = { oid: "ab".repeat(32), size: 65 * 1024 ** 2 };
  const tooLarge = await fileAsset(test, project, { folder: "Images", name: "a.png", ...huge });
  assert.equal(tooLarge.status, 413);
  assert.match((await tooLarge.json()).detail, /65 MB/);
  const absent = { oid: "ab".repeat(32), size: 10 };
  assert.equal((await fileAsset(test, project, { folder: "Images", name: "a.png", ...absent })).status, 422);
  const wrongSize = { ...picture, size: picture.size + 1 };
  assert.equal(
    (await fileAsset(test, project, { folder: "Images", name: "a.png", ...wrongSize })).status,
    422,
  );
});

Deno.test("a viewer may look and not bring; another studio finds nothing", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const body = { folder: "Images", name: "a.png", ...await upload(test, project, png(8, 8)) } as const;
  assert.equal((await fileAsset(test, project, body, "viewer")).status, 403);
  const asset = Asset.parse(await (await fileAsset(test, project, body)).json());
  const at = `/api/projects/${project.id}/assets`;
  assert.equal((await test.request(at, {}, "viewer")).status, 200);

  const other = await test.secondTenant();
  assert.equal((await other.request(at)).status, 404);
  assert.equal((await other.request(at, { method: "POST", json: body })).status, 404);
  assert.equal((await other.request(`${at}/${asset.id}/file`)).status, 404);
  const theirs = await other.makeProject();
  for (const name of [asset.id, asset.oid, "nonsense"]) {
    assert.equal((await other.request(`/api/projects/${theirs.id}/assets/${name}/file`)).status, 404);
  }
  // The bytes of one studio are nothing that another can file, though it knows their hash.
  const stolen = await other.request(`/api/projects/${theirs.id}/assets`, { method: "POST", json: body });
  assert.equal(stolen.status, 422);
});

Deno.test("the list goes by pages, finds by name and leaves masks out", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const names = ["keeper.png", "lamp.png", "Keeper at night.png"];
  for (const [index, name] of names.entries()) {
    const pointer = await upload(test, project, png(8, 8, index + 1));
    await fileAsset(test, project, { folder: "Images", name, ...pointer });
  }
  await fileAsset(test, project, { folder: "Masks", name: "m", ...await upload(test, project, png(9, 9)) });
  const list = async (query: string) => {
    const answer = await test.request(`/api/projects/${project.id}/assets?${query}`);
    return await answer.json() as { items: Asset[]; next?: string };
  };
  const first = await list("limit=2");
  assert.deepEqual(first.items.map((each) => each.name), ["Keeper at night.png", "lamp.png"]);
  const rest = await list(`limit=2&cursor=${first.next}`);
  assert.deepEqual([rest.items.map((each) => each.name), rest.next], [["keeper.png"], undefined]);
  assert.deepEqual((await list("search=KEEPER")).items.length, 2);
  assert.deepEqual((await list("search=%25")).items.length, 0);
  assert.deepEqual((await list("folder=Masks")).items.map((each) => each.path), [
    "01_Assets/Images/Masks/m.png",
  ]);
  assert.equal((await test.request(`/api/projects/${project.id}/assets?cursor=x`)).status, 400);
});

Deno.test("a large picture has a small one beside it, and its name until somebody made one", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const noise = crypto.getRandomValues(new Uint8Array(4096));
  const bytes = new Uint8Array(OWN_THUMBNAIL + 8192);
  bytes.set(png(64, 48));
  // After the picture's end a file may hold anything: what is read of it is its beginning.
  for (let at = 8192; at < bytes.length; at += noise.length) {
    bytes.set(noise.subarray(0, bytes.length - at), at);
  }
  const answer = await fileAsset(test, project, {
    folder: "Images",
    name: "Sky <large>.png",
    ...await upload(test, project, bytes),
  });
  const asset = Asset.parse(await answer.json());
  const named = await test.request(asset.thumbnail_url!);
  assert.equal(named.headers.get("content-type"), "image/svg+xml");
  assert.match(await named.text(), /Sky/);

  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...new Uint8Array(64)]);
  const put = (body: Uint8Array<ArrayBuffer>, as?: "viewer") =>
    test.request(
      asset.thumbnail_url!,
      { method: "PUT", body, headers: { "content-type": "image/jpeg" } },
      as,
    );
  assert.equal((await put(png(8, 8))).status, 422);
  assert.equal((await put(jpeg, "viewer")).status, 403);
  assert.equal((await put(jpeg)).status, 204);
  // Also by its content, as a node holds it.
  for (const name of [asset.id, asset.oid]) {
    const small = await test.request(`/api/projects/${project.id}/assets/${name}/thumbnail`);
    assert.equal(small.status, 302);
    const got = await test.request(small.headers.get("location")!, {}, "nobody");
    assert.deepEqual(new Uint8Array(await got.arrayBuffer()), jpeg);
  }
});
