-- Why an agent takes no job by its owner's rules, from heartbeats. Null: it takes them.
alter table agents add column resting text;
