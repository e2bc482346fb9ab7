/**
 * An S3 server as some are (found in the wild: SeaweedFS#9075, old MinIO): it stores whatever comes under a presigned URL and
 * repeats the checksum it was told. For tests of what the gateway does about it.
 */
export function startLaxBucket(): { endpoint: string } & AsyncDisposable {
  const objects = new Map<string, { bytes: Uint8Array<ArrayBuffer>; checksum: string | null }>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "PUT") {
      const bytes = await request.bytes();
      objects.set(pathname, { bytes, checksum: request.headers.get("x-amz-checksum-sha256") });
      return new Response(null);
    }
    if (request.method === "DELETE") {
      objects.delete(pathname);
      return new Response(null, { status: 204 });
    }
    const object = objects.get(pathname);
    if (!object) {
      const body = request.method === "HEAD" ? null : "<Error><Code>NoSuchKey</Code></Error>";
      return new Response(body, { status: 404, headers: { "Content-Type": "application/xml" } });
    }
    const headers = new Headers({ "Content-Length": String(object.bytes.length) });
    if (object.checksum && request.headers.has("x-amz-checksum-mode")) {
      headers.set("x-amz-checksum-sha256", object.checksum);
    }
    return new Response(request.method === "HEAD" ? null : object.bytes, { headers });
  });
  return { endpoint: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}
