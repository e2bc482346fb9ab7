-- How a film counts its timecode, and how wide its pixels are. Films of before count every frame and have square ones.
alter table projects add column drop_frame boolean not null default false;
alter table projects add column pixel_aspect text not null default '1:1';
