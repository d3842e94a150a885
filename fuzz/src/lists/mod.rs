//! What addresses carry of a list: criteria, order, cursor.

#[path = "../../../features/desk/src/lists/criteria.rs"]
pub mod criteria;
#[path = "../../../features/desk/src/lists/order.rs"]
pub mod order;
