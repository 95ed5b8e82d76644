-- Unicode's normalization forms and assigned code points.
SELECT unicode_version(), normalize(U&'\0061\0308') = 'ä', length(normalize('ä', NFD)), normalize('①ﬁ', NFKC), normalize('ﬁ', NFKD), normalize('', NFC), normalize('abc');
SELECT encode(convert_to(normalize(U&'\1E9B\0323', NFC), 'UTF8'), 'hex'), encode(convert_to(normalize(U&'\1E9B\0323', NFD), 'UTF8'), 'hex'), encode(convert_to(normalize(U&'\1E9B\0323', NFKC), 'UTF8'), 'hex'), encode(convert_to(normalize(U&'\1E9B\0323', NFKD), 'UTF8'), 'hex');
SELECT 'ä' IS NORMALIZED, 'ä' IS NFD NORMALIZED, U&'\0061\0308' IS NFC NORMALIZED, U&'\0061\0308' IS NOT NFD NORMALIZED, 'ﬁ' IS NFKC NORMALIZED, '' IS NORMALIZED, NULL IS NFC NORMALIZED;
SELECT normalize('가', NFD) = U&'\1100\1161', normalize(U&'\1100\1161\11A8', NFC), normalize(NULL);
SELECT "normalize"('abc', 'x');
SELECT is_normalized('abc', 'def');
SELECT unicode_assigned('abc'), unicode_assigned('äöß😀'), unicode_assigned(U&'a\0378'), unicode_assigned(''), unicode_assigned(U&'\+01CCF0');
