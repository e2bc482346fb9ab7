-- What a machine does beside jobs, as its last heartbeat said: for people, gone with the next process.
alter table agents add column doing text;
