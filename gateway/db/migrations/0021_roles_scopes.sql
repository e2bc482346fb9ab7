-- Six roles in place of three, and access tokens that are good for a part of what their person may do.
alter table users drop constraint users_role_check;
alter table users add constraint users_role_check
  check (role in ('owner', 'admin', 'artist', 'reviewer', 'viewer', 'farm'));

-- Null: all that the person may do. A session that an access token opened has its scopes.
alter table tokens add column scopes text[];
