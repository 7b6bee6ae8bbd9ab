//! (skeleton)
use super::{DocId, Node, SyntaxFault};
pub(super) fn parse(id: DocId, _text: &str) -> Result<Node, Vec<SyntaxFault>> {
    Ok(Node::empty_object(id))
}
