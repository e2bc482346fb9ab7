import { join } from "@std/path";

/** What stands in front of several gateways. */
export interface Site {
  /** As nginx has it: `127.0.0.1:8080`, `443 ssl`. */
  listen: string;
  /** Name of the site; `_` for any. */
  name: string;
  /** `host:port` of each gateway. */
  gateways: readonly string[];
  tls?: { certificate: string; key: string };
}

/** A studio's site, for nginx's `http` block. */
export function site({ listen, name, gateways, tls }: Site): string {
  return `map $http_upgrade $studio_connection {
    default upgrade;
    "" "";
}

upstream studio_gateways {
    # One count for all of nginx's processes: what one finds dead, no other tries.
    zone studio_gateways 64k;
    least_conn;
${gateways.map((each) => `    server ${each} max_fails=1 fail_timeout=2s;`).join("\n")}
}

server {
    listen ${listen};
    server_name ${name};
${tls ? `    ssl_certificate ${tls.certificate};\n    ssl_certificate_key ${tls.key};\n` : ""}
    # The figures are for Prometheus, which asks the gateways themselves.
    location = /metrics {
        return 404;
    }

    location / {
        proxy_pass http://studio_gateways;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        # Sockets. Other connections to a gateway are not kept: one that died meanwhile would cost a request.
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $studio_connection;

        # Pushes and uploads of any size, passed on as they come; events and polls likewise.
        client_max_body_size 0;
        proxy_request_buffering off;
        proxy_buffering off;
        gzip off;

        # Polls wait for 30 s, and sockets beat every 5 s.
        proxy_read_timeout 90s;
        proxy_send_timeout 90s;
        proxy_connect_timeout 2s;
        # Any gateway may die: what none has begun to answer goes to another; what changes something, only if none has heard of it.
        proxy_next_upstream error timeout http_502 http_504;
        proxy_next_upstream_tries ${gateways.length};
        proxy_next_upstream_timeout 10s;
    }
}
`;
}

/** A whole nginx of its own in the foreground, which keeps all of its files in `folder`. */
export function standalone(each: Site, folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `    ${name}_temp_path ${join(folder, name)};`).join("\n");
  return `daemon off;
pid ${join(folder, "nginx.pid")};
error_log stderr warn;
worker_processes 1;
events {
    worker_connections 4096;
}
http {
    log_format short '$status $request_method $uri $upstream_status';
    access_log ${join(folder, "access.log")} short;
${temporary}
${site(each).replace(/^(?=.)/gm, "    ")}}
`;
}

/** What `studio.conf` says, to be adapted: names, certificate and gateways of the studio. */
export function written(): string {
  return `# Several gateways behind nginx: into /etc/nginx/conf.d, with the studio's names. Written by deploy/nginx/nginx.ts.
${
    site({
      listen: "443 ssl",
      name: "studio.example",
      gateways: ["gateway-1:8000", "gateway-2:8000", "gateway-3:8000"],
      tls: { certificate: "/etc/nginx/tls/studio.pem", key: "/etc/nginx/tls/studio.key" },
    })
  }`;
}

if (import.meta.main) {
  await Deno.writeTextFile(join(import.meta.dirname!, "studio.conf"), written());
}
