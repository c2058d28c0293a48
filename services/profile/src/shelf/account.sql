-- What a run used. Not known of runs before this.
ALTER TABLE run ADD COLUMN peak_memory INTEGER;
ALTER TABLE run ADD COLUMN files INTEGER;
ALTER TABLE run ADD COLUMN file_bytes INTEGER;
