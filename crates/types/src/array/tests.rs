use crate::io::tests::{context_of, shown};
use crate::type_oid;

#[test]
fn texts() {
    let style = crate::Style::default();
    let context = context_of(&style);
    for (source, want) in [
        ("{1,2,NULL}", "{1,2,NULL}"),
        ("{}", "{}"),
        ("{{},{}}", "{}"),
        ("[0:1]={1,2}", "[0:1]={1,2}"),
        ("{{1,2},{3,4}}", "{{1,2},{3,4}}"),
        (" [1:2][-1:-1]={{1},{ 2 }} ", "[1:2][-1:-1]={{1},{2}}"),
    ] {
        assert_eq!(shown(type_oid::INT4_ARRAY, source, &context).unwrap(), want);
    }
    let quoted = r#"{"a b"," c ","\"d",NULL,"NULL","",x\\y}"#;
    let want = r#"{"a b"," c ","\"d",NULL,"NULL","","x\\y"}"#;
    assert_eq!(shown(type_oid::TEXT_ARRAY, quoted, &context).unwrap(), want);
    for (source, detail) in [
        ("{1,2", "Unexpected end of input."),
        ("{1,2}}", "Junk after closing right brace."),
        ("{{1,2},{3}}", "Multidimensional arrays must have sub-arrays with matching dimensions."),
        ("{1,{2}}", "Multidimensional arrays must have sub-arrays with matching dimensions."),
        ("{{1},2}", "Multidimensional arrays must have sub-arrays with matching dimensions."),
        ("[1:2]={1,2,3}", "Specified array dimensions do not match array contents."),
        ("{1,,2}", "Unexpected \",\" character."),
        ("{1,}", "Unexpected \"}\" character."),
    ] {
        let error = shown(type_oid::INT4_ARRAY, source, &context).unwrap_err();
        assert_eq!(error.fields().detail.as_deref(), Some(detail), "{source}");
    }
}
