-- What takes cost so far, by capability, card and how much was asked: instead of the runner's guess once there is evidence.
create table footprints (
  tenant_id uuid not null references tenants,
  capability text not null,
  -- As its driver calls it, with its memory: "NVIDIA GeForce RTX 4090, 24 GB"
  card text not null,
  -- Half powers of two of pixels and of frames
  size_step int not null,
  length_step int not null,
  runs int not null default 0,
  -- Moving averages
  seconds double precision,
  energy_wh double precision,
  -- MiB, the most there was
  peak_vram_mb int,
  -- Times that it ran out of memory since it last succeeded
  ooms int not null default 0,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, capability, card, size_step, length_step)
);
