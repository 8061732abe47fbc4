-- The new release: writes username, and notes in the same transaction what it wrote. The row is locked by then, so that the
-- journal has the writes of each user in their order.
\set id random(1, :users)
WITH written AS (
  UPDATE users SET username = 'new ' || nextval('names') WHERE id = :id RETURNING id, username AS name)
INSERT INTO journal (user_id, name) SELECT id, name FROM written;
