CREATE TABLE events (id integer, happened text NOT NULL);
INSERT INTO events (id, happened) VALUES (1, 'signed up'), (2, 'paid');
