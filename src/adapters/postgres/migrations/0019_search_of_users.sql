-- Looking for users: a generated column that holds what each is found by. Adding it writes the whole table anew, under a
-- lock; the first release has this from the start.

-- What a user is found by (user_domain/value_objects/search_words.py): the words of the name, the address, its domain,
-- the number, and the parts of all these; in lower case and else as they are, as the configuration `simple` has it, but no
-- parser looks into them. A name is cut where one word of it
-- could be longer than a lexeme can be; names of today are shorter.
create function search_lexemes(name text, email text, mobile text) returns tsvector
    language plpgsql immutable strict parallel safe as $$
declare
    spaces constant text := e'\t\n\x0b\f\r\x1c\x1d\x1e\x1f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005'
        '\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
    marks constant text := e'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\u2010\u2011\u2012\u2013\u2014\u2018\u2019';
    whole constant text := translate(left(name, 500), spaces, repeat(' ', length(spaces)))
        || ' ' || email || ' ' || mobile;
    parts constant text := translate(whole, marks, repeat(' ', length(marks)));
begin
    return array_to_tsvector(array_remove(
        string_to_array(whole || ' ' || split_part(email, '@', 2) || ' ' || parts, ' '), ''));
end $$;

alter table users add column search tsvector generated always as (search_lexemes(lower(name), lower(email), mobile)) stored;
