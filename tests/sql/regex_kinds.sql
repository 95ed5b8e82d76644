-- Basic regular expressions, longest matches, long texts.
SELECT regexp_match('a(b)', '(\(b\))', 'e'), regexp_match('a(b)', '\((b)\)', 'b'), regexp_replace('aaab', 'a\{2\}', 'x', 'b');
SELECT '*a' ~ '(?b)*a', regexp_like('a+b', 'a+b', 'b'), regexp_like('a^b', 'a^b', 'b'), regexp_like('[]', '[]]', 'b');
SELECT regexp_match('xabcabc', '(a|ab)(c|bcd)*'), regexp_match('abcd', 'a(b*?)(c.*)');
SELECT length((regexp_match(repeat('ab', 200000) || 'c', '((?:ab){1,200})*c'))[1]), regexp_count(repeat('ab', 100000), '(a|b){1,255}');
SELECT repeat('a', 300000) ~ '(a{0,100}){0,60}b', regexp_instr(repeat('x', 300000) || 'yz', 'y(z{0,100}){0,60}$');
