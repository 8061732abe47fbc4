CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text NOT NULL);
CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, bio text);
INSERT INTO users (id, name, phone) VALUES (1, 'Ada', '1815'), (2, 'Alan', '1912'), (3, 'Grace', '1906');
INSERT INTO profiles (user_id, bio) VALUES (1, 'first program'), (2, 'can machines think'), (3, 'first compiler');
