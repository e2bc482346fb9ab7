-- A lane of the queue that only a lower tier of its runner is there for, and since when: what waits in it is made lower after a while
-- (gateway/jobs/lower.ts). Null: a card that fits is about, or nobody could make it lower either.
alter table lane_fits add column only_lower_since timestamptz;
