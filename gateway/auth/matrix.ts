// What matrix_test.ts holds the gateway to, written down by hand: a new route gets its row here.

/** Who may do what: a column a role, in the order of the first line. */
export const ROLE_TABLE = `
              owner admin artist reviewer viewer farm
  self        x     x     x      x        x      x
  account     x     x     x      x        x      x
  view        x     x     x      x        x      x
  fetch       x     x     x      x        x      x
  review      x     x     x      x        .      .
  make        x     x     x      .        .      .
  push        x     x     x      .        .      .
  run         x     x     x      .        .      x
  lend        x     x     x      .        .      x
  fleet       x     x     .      .        .      x
  people      x     x     .      .        .      .
  studio      x     .     .      .        .      .
`;

export const SCOPE_TABLE = `
              read write git:read git:write fleet people
  self        x    x     x        x         x     x
  account     .    .     .        .         .     .
  view        x    x     .        .         x     .
  fetch       .    .     x        x         .     .
  review      .    x     .        .         .     .
  make        .    x     .        .         .     .
  push        .    .     .        x         .     .
  run         .    x     .        .         x     .
  lend        .    .     .        .         x     .
  fleet       .    .     .        .         x     .
  people      .    .     .        .         .     x
  studio      .    .     .        .         .     .
`;

/** What each route of /api needs: of a person, or `agent`, `join` (a join code), `nobody` (open to all). */
export const API = `
  GET    /enter                                            nobody
  GET    /enter/oidc                                       nobody
  GET    /enter/oidc/callback                              nobody
  GET    /agent.tar.gz                                     nobody
  GET    /api/me                                           self
  GET    /api/auth/people                                  view
  PATCH  /api/auth/people/:person                          account
  DELETE /api/auth/people/:person                          people
  GET    /api/auth/sessions                                account
  POST   /api/auth/sessions                                self
  DELETE /api/auth/sessions/:session                       account
  POST   /api/auth/links                                   people
  GET    /api/auth/tokens                                  account
  POST   /api/auth/tokens                                  account
  DELETE /api/auth/tokens/:token                           account
  GET    /api/auth/ways-in                                 nobody
  GET    /api/auth/passkeys                                account
  POST   /api/auth/passkeys                                account
  POST   /api/auth/passkeys/question                       account
  DELETE /api/auth/passkeys/:passkey                       account
  POST   /api/auth/passkeys/sign-in/question               nobody
  POST   /api/auth/passkeys/sign-in                        nobody
  GET    /api/auth/identities                              account
  DELETE /api/auth/identities/:subject                     account
  POST   /api/auth/logout                                  self
  GET    /api/audit                                        people
  GET    /api/usage                                        view
  GET    /api/usage.csv                                    view
  GET    /api/usage/plan                                   view
  GET    /api/usage/donors                                 view
  GET    /api/credits                                      view
  GET    /api/credits.csv                                  view
  GET    /api/credits/entries                              view
  PUT    /api/credits/name                                 lend
  GET    /api/projects/:p/credits                          view
  POST   /api/projects/:p/credits                          lend
  GET    /api/checks                                       fleet
  PUT    /api/checks/settings                              fleet
  GET    /api/checks/mine                                  lend
  GET    /api/checks/:check/picture                        fleet
  POST   /api/projects/:p/takes/:t/again                   make
  DELETE /api/projects/:p/takes/:t/unverified              review
  GET    /api/operations                                   fleet
  GET    /api/projects                                     view
  POST   /api/projects                                     make
  GET    /api/projects/:p                                  view
  PATCH  /api/projects/:p                                  make
  POST   /api/projects/:p/duplicates                       make
  GET    /api/projects/:p/canvas                           view
  PUT    /api/projects/:p/canvas                           make
  PATCH  /api/projects/:p/canvas                           make
  GET    /api/projects/:p/canvas/live                      view
  GET    /api/projects/:p/jobs                             view
  POST   /api/projects/:p/jobs                             make
  GET    /api/projects/:p/placement                        view
  PUT    /api/projects/:p/placement                        make
  GET    /api/jobs                                         view
  GET    /api/jobs/:j                                      view
  PATCH  /api/jobs/:j                                      run
  GET    /api/jobs/:j/events                               view
  GET    /api/jobs/:j/log                                  view
  GET    /api/jobs/:j/image                                view
  POST   /api/jobs/:j/cancel                               run
  POST   /api/jobs/:j/retry                                run
  GET    /api/projects/:p/takes                            view
  GET    /api/projects/:p/takes/:t                         view
  GET    /api/projects/:p/takes/:t/file                    view
  GET    /api/projects/:p/takes/:t/poster                  view
  GET    /api/projects/:p/takes/:t/proxy                   view
  POST   /api/projects/:p/takes/:t/activate                review
  GET    /api/projects/:p/assets                           view
  POST   /api/projects/:p/assets                           make
  POST   /api/projects/:p/assets/import                    make
  GET    /api/projects/:p/assets/:asset/file               view
  GET    /api/projects/:p/assets/:asset/thumbnail          view
  PUT    /api/projects/:p/assets/:asset/thumbnail          make
  GET    /api/projects/:p/files                            view
  GET    /api/projects/:p/locks                            view
  POST   /api/projects/:p/locks                            make
  DELETE /api/projects/:p/locks/:lock                      make
  GET    /api/library                                      view
  GET    /api/library/items                                view
  POST   /api/library/items                                make
  GET    /api/library/items/:item                          view
  PATCH  /api/library/items/:item                          make
  POST   /api/library/items/:item/versions                 make
  GET    /api/library/items/:item/versions/:v              view
  POST   /api/library/items/:item/versions/:v/use          make
  GET    /api/library/items/:item/versions/:v/files/:name  view
  GET    /api/library/items/:item/versions/:v/download     view
  GET    /api/projects/:p/renders                          view
  POST   /api/projects/:p/renders                          make
  GET    /api/projects/:p/renders/:e                       view
  GET    /api/projects/:p/renders/:e/film                  view
  GET    /api/projects/:p/renders/:e/poster                view
  GET    /api/projects/:p/renders/:e/proxy                 view
  GET    /api/projects/:p/renders/:e/edl                   view
  GET    /api/projects/:p/renders/:e/otio                  view
  GET    /api/projects/:p/renders/:e/fcpxml                view
  GET    /api/projects/:p/assemblers/:node/lists           view
  GET    /api/projects/:p/assemblers/:node/fcpxml          view
  GET    /api/projects/:p/assemblers/:node/edl             view
  GET    /api/projects/:p/assemblers/:node/otio            view
  POST   /api/projects/:p/assemblers/:node/conform         make
  GET    /api/projects/:p/history                          view
  GET    /api/projects/:p/history/:commit                  view
  POST   /api/projects/:p/history/:commit/restore          make
  GET    /api/projects/:p/compare                          view
  GET    /api/projects/:p/milestones                       view
  POST   /api/projects/:p/milestones                       make
  GET    /api/projects/:p/branches                         view
  POST   /api/projects/:p/branches                         make
  GET    /api/projects/:p/branches/:branch                 view
  PATCH  /api/projects/:p/branches/:branch                 make
  DELETE /api/projects/:p/branches/:branch                 make
  POST   /api/projects/:p/branches/:branch/restore         make
  POST   /api/projects/:p/branches/:branch/merge           view
  GET    /api/projects/:p/archive                          view
  POST   /api/projects/import                              make
  GET    /api/projects/:project/notices                    view
  GET    /api/events                                       view
  GET    /api/runners                                      view
  POST   /api/runners                                      fleet
  POST   /api/runners/marks                                fleet
  POST   /api/runners/from-graph                           fleet
  GET    /api/runners/:id                                  view
  DELETE /api/runners/:id                                  fleet
  GET    /api/runners/:id/pack                             view
  GET    /api/agents                                       view
  POST   /api/agents/join-codes                            lend
  GET    /api/agents/:agent                                view
  PATCH  /api/agents/:agent                                lend
  DELETE /api/agents/:agent                                lend
  DELETE /api/agents/:agent/suspensions/:runner            run
  DELETE /api/agents/:agent/quarantine                     run
  POST   /api/agent/register                               join
  PUT    /api/agent/session                                agent
  POST   /api/agent/lease                                  agent
  POST   /api/agent/heartbeat                              agent
  POST   /api/agent/stops                                  agent
  PUT    /api/agent/leases/:lease/log                      agent
  PUT    /api/agent/leases/:lease/preview                  agent
  POST   /api/agent/leases/:lease/spans                    agent
  POST   /api/agent/leases/:lease/complete                 agent
  POST   /api/agent/leases/:lease/fail                     agent
  POST   /api/agent/leases/:lease/release                  agent
  GET    /api/agent/runners/:id/pack                       agent
`;

/** Git and LFS answer in their own words; any of the permissions named opens them. `lease`: a job's token, too. */
export const REPOSITORY = `
  GET    /git/:tenant/:repository/info/refs                    fetch
  POST   /git/:tenant/:repository/git-upload-pack              fetch
  POST   /git/:tenant/:repository/git-receive-pack             push
  POST   /git/:tenant/:repository/info/lfs/objects/batch       fetch view lease
  POST   /git/:tenant/:repository/info/lfs/verify              push make lease
  GET    /git/:tenant/:repository/info/lfs/locks               fetch view lease
  POST   /git/:tenant/:repository/info/lfs/locks               push make
  POST   /git/:tenant/:repository/info/lfs/locks/verify        push make
  POST   /git/:tenant/:repository/info/lfs/locks/:id/unlock    push make
  POST   /git/:tenant/:repository/info/lfs/multipart           push make lease
  POST   /git/:tenant/:repository/info/lfs/multipart/part      push make lease
  POST   /git/:tenant/:repository/info/lfs/multipart/complete  push make lease
  POST   /git/:tenant/:repository/info/lfs/multipart/abort     push make lease
`;

/** Pages and files without anything of a studio; what is signed or guarded otherwise has tests of its own. */
export const ELSEWHERE = new Set([
  "GET /healthz",
  "GET /readyz",
  "GET /metrics",
  "GET /openapi.json",
  "GET /docs",
  "GET /",
  "GET /p/*",
  "GET /people",
  "GET /runners",
  "GET /usage",
  "GET /fleet",
  "GET /operations",
  "GET /*",
  "GET /objects/:key{.+}",
  "PUT /objects/:key{.+}",
]);
