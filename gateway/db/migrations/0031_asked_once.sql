-- Who asks for work may give the request a name of its own. Asked again under that name (the gateway died before its answer came),
-- nothing more is queued: the jobs of the first time are told. `ask_nth` counts the jobs of one request.
alter table jobs add column ask_id uuid, add column ask_nth int;
create unique index jobs_asked_once on jobs (project_id, ask_id, ask_nth) where ask_id is not null;
