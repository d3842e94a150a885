//! What addresses carry of a list: criteria, order, cursor. What was read is written and reads the same. (OGI-02)
#![no_main]

use beffroi_fuzz::lists::criteria::Criteria;
use beffroi_fuzz::lists::order::{Cursor, Order};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

fuzz_target!(|query: &str| {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let (criteria, _) = Criteria::read(Criteria::default(), &pairs);
    assert_eq!(Criteria::read(Criteria::default(), &criteria.pairs()).0, criteria, "{query}");
    let (order, _) = Order::read(&pairs);
    if let Some(order) = &order {
        assert_eq!(Order::read(&order.pairs()).0.as_ref(), Some(order), "{query}");
    }
    let (order, _) = order.unwrap_or_else(|| Order::usual(true)).fitting(criteria.only_active());
    let cursor = pairs.iter().find(|(name, _)| name == "suite").map_or(query, |(_, cursor)| cursor.as_str());
    if let Some(cursor) = Cursor::read(&order, cursor) {
        assert_eq!(Cursor::read(&order, &cursor.text()), Some(cursor), "{query}");
    }
});
