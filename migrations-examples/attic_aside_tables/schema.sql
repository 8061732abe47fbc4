CREATE TABLE profiles (id integer PRIMARY KEY, bio text);
CREATE TABLE users (
  id integer PRIMARY KEY, name text NOT NULL, phone text, street text, city text,
  profile_id integer UNIQUE REFERENCES profiles (id));
INSERT INTO profiles (id, bio) VALUES (11, 'first program'), (12, 'can machines think'), (13, 'first compiler');
INSERT INTO users (id, name, phone, street, city, profile_id) VALUES
  (1, 'Ada', '1815', '12 St James''s Square', 'London', 11), (2, 'Alan', '1912', NULL, NULL, 12),
  (3, 'Grace', '1906', NULL, 'Arlington', 13);
