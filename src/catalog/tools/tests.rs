//! The rows of programs whose login is borrowed, held against each other.

use crate::catalog::tools::*;

#[test]
fn rows_are_in_order_and_every_word_means_one_tool() {
    for (at, tool) in Tool::ALL.into_iter().enumerate() {
        assert_eq!(tool as usize, at);
        let row = tool.row();
        assert_eq!(row.doc.row().label, row.name);
        assert_eq!((Tool::of_doc(row.doc), Tool::of_profile(row.profile)), (Some(tool), Some(tool)));
        assert_eq!(Tool::of_provider(row.provider), Some(tool));
        assert!(row.profile.starts_with(&format!("{}:", row.provider)));
        let sections = [row.fields.access, row.fields.refresh].map(|path| path.split_last().unwrap().1);
        assert_eq!(sections[0], sections[1]);
    }
    assert_eq!(Tool::words("|").split('|').count(), Tool::ALL.len());
}
