-- PostgreSQL database dump


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

-- Name: Odd Schema; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA "Odd Schema";

-- Name: app; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA app;

-- Name: address; Type: TYPE; Schema: app; Owner: -

CREATE TYPE app.address AS (
	street text,
	city text,
	zip character varying(10)
);

-- Name: email; Type: DOMAIN; Schema: app; Owner: -

CREATE DOMAIN app.email AS text
	CONSTRAINT email_check CHECK ((VALUE ~ '^[^@]+@[^@]+$'::text));

-- Name: order_state; Type: TYPE; Schema: app; Owner: -

CREATE TYPE app.order_state AS ENUM (
    'new',
    'paid',
    'sent',
    'it''s over'
);

-- Name: floatrange; Type: TYPE; Schema: public; Owner: -

CREATE TYPE public.floatrange AS RANGE (
    subtype = double precision,
    multirange_type_name = public.floatmultirange
);

-- Name: money_amount; Type: DOMAIN; Schema: public; Owner: -

CREATE DOMAIN public.money_amount AS numeric(12,2) NOT NULL DEFAULT 0
	CONSTRAINT money_amount_check CHECK ((VALUE >= (0)::numeric));

-- Name: touch(); Type: FUNCTION; Schema: app; Owner: -

CREATE FUNCTION app.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.changed := now(); -- a semicolon; in a comment
  RETURN NEW;
END $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

-- Name: select; Type: TABLE; Schema: Odd Schema; Owner: -

CREATE TABLE "Odd Schema"."select" (
    "from" integer NOT NULL,
    "where" smallint DEFAULT '-1'::integer,
    "user" oid,
    k character(3),
    i interval(3),
    t time(2) with time zone,
    b bit(3),
    v bit varying(7)
);

-- Name: child; Type: TABLE; Schema: Odd Schema; Owner: -

CREATE TABLE "Odd Schema".child (
    extra uuid DEFAULT gen_random_uuid()
)
INHERITS ("Odd Schema"."select");

-- Name: orders; Type: TABLE; Schema: app; Owner: -

CREATE TABLE app.orders (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    state app.order_state DEFAULT 'new'::app.order_state NOT NULL,
    total public.money_amount,
    at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    note text,
    span public.floatrange,
    CONSTRAINT orders_check CHECK (((state <> 'sent'::app.order_state) OR ((total)::numeric > (0)::numeric)))
)
PARTITION BY RANGE (at);

-- Name: users; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.users (
    id bigint NOT NULL,
    user_name text NOT NULL,
    email app.email,
    home app.address,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    settings jsonb DEFAULT '{"a": [1, 2]}'::jsonb NOT NULL,
    born date,
    changed timestamp with time zone DEFAULT now() NOT NULL,
    age integer GENERATED ALWAYS AS ((2020 - (EXTRACT(year FROM '2000-01-01 00:00:00'::timestamp without time zone))::integer)) STORED,
    "order" integer,
    "Mixed Case" character varying(40) DEFAULT 'x''y'::character varying COLLATE pg_catalog."C",
    odd integer,
    CONSTRAINT "Odd ""check""" CHECK ((("order" > 0) AND (("Mixed Case")::text <> ''::text))),
    CONSTRAINT users_user_name_check CHECK (((length(user_name) >= 1) AND (length(user_name) <= 100)))
);
ALTER TABLE ONLY public.users ALTER COLUMN born SET STATISTICS 500;

-- Name: COLUMN users.email; Type: COMMENT; Schema: public; Owner: -

COMMENT ON COLUMN public.users.email IS 'where to write; not who';

-- Name: open_orders; Type: VIEW; Schema: app; Owner: -

CREATE VIEW app.open_orders AS
 SELECT o.id,
    u.user_name AS who,
    o.total
   FROM (app.orders o
     JOIN public.users u ON ((u.id = o.user_id)))
  WHERE (o.state = 'new'::app.order_state);

-- Name: orders_id_seq; Type: SEQUENCE; Schema: app; Owner: -

CREATE SEQUENCE app.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Name: orders_id_seq; Type: SEQUENCE OWNED BY; Schema: app; Owner: -

ALTER SEQUENCE app.orders_id_seq OWNED BY app.orders.id;

-- Name: orders_2020; Type: TABLE; Schema: app; Owner: -

CREATE TABLE app.orders_2020 (
    id bigint DEFAULT nextval('app.orders_id_seq'::regclass) NOT NULL,
    user_id bigint NOT NULL,
    state app.order_state DEFAULT 'new'::app.order_state NOT NULL,
    total public.money_amount,
    at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    note text,
    span public.floatrange,
    CONSTRAINT orders_check CHECK (((state <> 'sent'::app.order_state) OR ((total)::numeric > (0)::numeric)))
);

-- Name: orders_2021; Type: TABLE; Schema: app; Owner: -

CREATE TABLE app.orders_2021 (
    id bigint DEFAULT nextval('app.orders_id_seq'::regclass) NOT NULL,
    user_id bigint NOT NULL,
    state app.order_state DEFAULT 'new'::app.order_state NOT NULL,
    total public.money_amount,
    at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    note text,
    span public.floatrange,
    CONSTRAINT orders_2021_note_check CHECK ((note <> ''::text)),
    CONSTRAINT orders_check CHECK (((state <> 'sent'::app.order_state) OR ((total)::numeric > (0)::numeric)))
);

-- Name: orders_rest; Type: TABLE; Schema: app; Owner: -

CREATE TABLE app.orders_rest (
    id bigint DEFAULT nextval('app.orders_id_seq'::regclass) NOT NULL,
    user_id bigint NOT NULL,
    state app.order_state DEFAULT 'new'::app.order_state NOT NULL,
    total public.money_amount,
    at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    note text,
    span public.floatrange,
    CONSTRAINT orders_check CHECK (((state <> 'sent'::app.order_state) OR ((total)::numeric > (0)::numeric)))
);

-- Name: tickets; Type: SEQUENCE; Schema: app; Owner: -

CREATE SEQUENCE app.tickets
    AS integer
    START WITH 100
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Name: users_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tickets_sold; Type: TABLE; Schema: app; Owner: -

CREATE TABLE app.tickets_sold (
    n integer DEFAULT nextval('app.tickets'::regclass) NOT NULL,
    m bigint DEFAULT nextval('public.users_id_seq'::regclass)
);

-- Name: a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o (
    a_column_name_that_is_exactly_sixty_three_bytes_long_as_it_may_ integer NOT NULL,
    user_id bigint
);

-- Name: a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq; Type: SEQUENCE; Schema: public; Owner: -

CREATE SEQUENCE public.a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Name: a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -

ALTER SEQUENCE public.a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq OWNED BY public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o.a_column_name_that_is_exactly_sixty_three_bytes_long_as_it_may_;

-- Name: bookings; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.bookings (
    room integer,
    during tstzrange
);

-- Name: everything; Type: VIEW; Schema: public; Owner: -

CREATE VIEW public.everything AS
 SELECT users.id,
    users.user_name,
    users.email,
    users.home,
    users.tags,
    users.settings,
    users.born,
    users.changed,
    users.age,
    users."order",
    users."Mixed Case",
    users.odd
   FROM public.users;

-- Name: user_count; Type: MATERIALIZED VIEW; Schema: public; Owner: -

CREATE MATERIALIZED VIEW public.user_count AS
 SELECT count(*) AS n,
    users.born
   FROM public.users
  GROUP BY users.born
  WITH NO DATA;

-- Name: orders_2020; Type: TABLE ATTACH; Schema: app; Owner: -

ALTER TABLE ONLY app.orders ATTACH PARTITION app.orders_2020 FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2021-01-01 00:00:00+00');

-- Name: orders_2021; Type: TABLE ATTACH; Schema: app; Owner: -

ALTER TABLE ONLY app.orders ATTACH PARTITION app.orders_2021 FOR VALUES FROM ('2021-01-01 00:00:00+00') TO ('2022-01-01 00:00:00+00');

-- Name: orders_rest; Type: TABLE ATTACH; Schema: app; Owner: -

ALTER TABLE ONLY app.orders ATTACH PARTITION app.orders_rest DEFAULT;

-- Name: child where; Type: DEFAULT; Schema: Odd Schema; Owner: -

ALTER TABLE ONLY "Odd Schema".child ALTER COLUMN "where" SET DEFAULT '-1'::integer;

-- Name: orders id; Type: DEFAULT; Schema: app; Owner: -

ALTER TABLE ONLY app.orders ALTER COLUMN id SET DEFAULT nextval('app.orders_id_seq'::regclass);

-- Name: a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o a_column_name_that_is_exactly_sixty_three_bytes_long_as_it_may_; Type: DEFAULT; Schema: public; Owner: -

ALTER TABLE ONLY public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o ALTER COLUMN a_column_name_that_is_exactly_sixty_three_bytes_long_as_it_may_ SET DEFAULT nextval('public.a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq'::regclass);

-- Data for Name: child; Type: TABLE DATA; Schema: Odd Schema; Owner: -

COPY "Odd Schema".child ("from", "where", "user", k, i, t, b, v, extra) FROM stdin;

-- Data for Name: select; Type: TABLE DATA; Schema: Odd Schema; Owner: -

COPY "Odd Schema"."select" ("from", "where", "user", k, i, t, b, v) FROM stdin;

-- Data for Name: orders_2020; Type: TABLE DATA; Schema: app; Owner: -

COPY app.orders_2020 (id, user_id, state, total, at, note, span) FROM stdin;

-- Data for Name: orders_2021; Type: TABLE DATA; Schema: app; Owner: -

COPY app.orders_2021 (id, user_id, state, total, at, note, span) FROM stdin;

-- Data for Name: orders_rest; Type: TABLE DATA; Schema: app; Owner: -

COPY app.orders_rest (id, user_id, state, total, at, note, span) FROM stdin;

-- Data for Name: tickets_sold; Type: TABLE DATA; Schema: app; Owner: -

COPY app.tickets_sold (n, m) FROM stdin;

-- Data for Name: a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o; Type: TABLE DATA; Schema: public; Owner: -

COPY public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o (a_column_name_that_is_exactly_sixty_three_bytes_long_as_it_may_, user_id) FROM stdin;

-- Data for Name: bookings; Type: TABLE DATA; Schema: public; Owner: -

COPY public.bookings (room, during) FROM stdin;

-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -

COPY public.users (id, user_name, email, home, tags, settings, born, changed, "order", "Mixed Case", odd) FROM stdin;

-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: app; Owner: -

SELECT pg_catalog.setval('app.orders_id_seq', 1, false);

-- Name: tickets; Type: SEQUENCE SET; Schema: app; Owner: -

SELECT pg_catalog.setval('app.tickets', 100, false);

-- Name: a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq; Type: SEQUENCE SET; Schema: public; Owner: -

SELECT pg_catalog.setval('public.a_name_that_is_exactly_sixty__a_column_name_that_is_exactly_seq', 1, false);

-- Name: users_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -

SELECT pg_catalog.setval('public.users_id_seq', 1, false);

-- Name: select select_pkey; Type: CONSTRAINT; Schema: Odd Schema; Owner: -

ALTER TABLE ONLY "Odd Schema"."select"
    ADD CONSTRAINT select_pkey PRIMARY KEY ("from");

-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: app; Owner: -

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id, at);

-- Name: orders_2020 orders_2020_pkey; Type: CONSTRAINT; Schema: app; Owner: -

ALTER TABLE ONLY app.orders_2020
    ADD CONSTRAINT orders_2020_pkey PRIMARY KEY (id, at);

-- Name: orders_2021 orders_2021_pkey; Type: CONSTRAINT; Schema: app; Owner: -

ALTER TABLE ONLY app.orders_2021
    ADD CONSTRAINT orders_2021_pkey PRIMARY KEY (id, at);

-- Name: orders_rest orders_rest_pkey; Type: CONSTRAINT; Schema: app; Owner: -

ALTER TABLE ONLY app.orders_rest
    ADD CONSTRAINT orders_rest_pkey PRIMARY KEY (id, at);

-- Name: a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o a_name_that_is_exactly_sixty_three_bytes_long_as_na_user_id_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o
    ADD CONSTRAINT a_name_that_is_exactly_sixty_three_bytes_long_as_na_user_id_key UNIQUE (user_id);

-- Name: a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o
    ADD CONSTRAINT a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_pkey PRIMARY KEY (a_column_name_that_is_exactly_sixty_three_bytes_long_as_it_may_);

-- Name: bookings bookings_during_excl; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.bookings
    ADD CONSTRAINT bookings_during_excl EXCLUDE USING gist (during WITH &&) WHERE ((room > 0));

-- Name: users later; Type: CHECK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE public.users
    ADD CONSTRAINT later CHECK ((born > '1900-01-01'::date)) NOT VALID;

-- Name: users users_email_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

-- Name: orders_2020_note_idx; Type: INDEX; Schema: app; Owner: -

CREATE INDEX orders_2020_note_idx ON app.orders_2020 USING btree (note text_pattern_ops);

-- Name: orders_user; Type: INDEX; Schema: app; Owner: -

CREATE INDEX orders_user ON ONLY app.orders USING btree (user_id, at DESC) WHERE (state = ANY (ARRAY['new'::app.order_state, 'paid'::app.order_state]));

-- Name: orders_2020_user_id_at_idx; Type: INDEX; Schema: app; Owner: -

CREATE INDEX orders_2020_user_id_at_idx ON app.orders_2020 USING btree (user_id, at DESC) WHERE (state = ANY (ARRAY['new'::app.order_state, 'paid'::app.order_state]));

-- Name: orders_2021_user_id_at_idx; Type: INDEX; Schema: app; Owner: -

CREATE INDEX orders_2021_user_id_at_idx ON app.orders_2021 USING btree (user_id, at DESC) WHERE (state = ANY (ARRAY['new'::app.order_state, 'paid'::app.order_state]));

-- Name: orders_rest_user_id_at_idx; Type: INDEX; Schema: app; Owner: -

CREATE INDEX orders_rest_user_id_at_idx ON app.orders_rest USING btree (user_id, at DESC) WHERE (state = ANY (ARRAY['new'::app.order_state, 'paid'::app.order_state]));

-- Name: user_count_born_idx; Type: INDEX; Schema: public; Owner: -

CREATE INDEX user_count_born_idx ON public.user_count USING btree (born);

-- Name: users_lower; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX users_lower ON public.users USING btree (lower(user_name), ((settings ->> 'a'::text))) INCLUDE (id) WITH (fillfactor='70');

-- Name: users_settings; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_settings ON public.users USING gin (settings jsonb_path_ops);

-- Name: users_tags; Type: INDEX; Schema: public; Owner: -

CREATE INDEX users_tags ON public.users USING gin (tags);

-- Name: orders_2020_pkey; Type: INDEX ATTACH; Schema: app; Owner: -

ALTER INDEX app.orders_pkey ATTACH PARTITION app.orders_2020_pkey;

-- Name: orders_2020_user_id_at_idx; Type: INDEX ATTACH; Schema: app; Owner: -

ALTER INDEX app.orders_user ATTACH PARTITION app.orders_2020_user_id_at_idx;

-- Name: orders_2021_pkey; Type: INDEX ATTACH; Schema: app; Owner: -

ALTER INDEX app.orders_pkey ATTACH PARTITION app.orders_2021_pkey;

-- Name: orders_2021_user_id_at_idx; Type: INDEX ATTACH; Schema: app; Owner: -

ALTER INDEX app.orders_user ATTACH PARTITION app.orders_2021_user_id_at_idx;

-- Name: orders_rest_pkey; Type: INDEX ATTACH; Schema: app; Owner: -

ALTER INDEX app.orders_pkey ATTACH PARTITION app.orders_rest_pkey;

-- Name: orders_rest_user_id_at_idx; Type: INDEX ATTACH; Schema: app; Owner: -

ALTER INDEX app.orders_user ATTACH PARTITION app.orders_rest_user_id_at_idx;

-- Name: orders part; Type: TRIGGER; Schema: app; Owner: -

CREATE TRIGGER part AFTER INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();

-- Name: users touch; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER touch BEFORE UPDATE OF user_name, email ON public.users FOR EACH ROW WHEN ((old.user_name IS DISTINCT FROM new.user_name)) EXECUTE FUNCTION app.touch();

ALTER TABLE public.users DISABLE TRIGGER touch;

-- Name: orders orders_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: -

ALTER TABLE app.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o a_name_that_is_exactly_sixty_three_bytes_long_as_n_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.a_name_that_is_exactly_sixty_three_bytes_long_as_names_may_be_o
    ADD CONSTRAINT a_name_that_is_exactly_sixty_three_bytes_long_as_n_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- Name: users users_odd_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_odd_fkey FOREIGN KEY (odd) REFERENCES "Odd Schema"."select"("from") ON UPDATE SET NULL;

-- Name: users mine; Type: POLICY; Schema: public; Owner: -

CREATE POLICY mine ON public.users USING ((user_name = CURRENT_USER));

-- Name: users; Type: ROW SECURITY; Schema: public; Owner: -

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

-- Name: feed; Type: PUBLICATION; Schema: -; Owner: -

CREATE PUBLICATION feed WITH (publish = 'insert, update, delete, truncate');

-- Name: feed orders; Type: PUBLICATION TABLE; Schema: app; Owner: -

ALTER PUBLICATION feed ADD TABLE ONLY app.orders;

-- Name: feed users; Type: PUBLICATION TABLE; Schema: public; Owner: -

ALTER PUBLICATION feed ADD TABLE ONLY public.users;

-- Name: TABLE users; Type: ACL; Schema: public; Owner: -

GRANT SELECT ON TABLE public.users TO PUBLIC;

-- Name: user_count; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: -

REFRESH MATERIALIZED VIEW public.user_count;

-- PostgreSQL database dump complete

