CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, street text, city text);
INSERT INTO users (id, name, street, city) VALUES
  (1, 'Ada', '12 St James''s Square', 'London'), (2, 'Alan', NULL, NULL), (3, 'Grace', NULL, 'Arlington');
