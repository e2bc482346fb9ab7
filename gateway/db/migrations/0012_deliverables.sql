-- What a film is delivered as: its ending says it no more. Films of before: by their ending.
alter table exports add column format text;
-- Frames of the end titles among those of the film.
alter table exports add column credits_frames int not null default 0;
