//! `#[db_test]`: one test function, run once on SQLite and once on PostgreSQL.

use proc_macro::TokenStream;
use quote::quote;
use syn::{ItemFn, parse_macro_input};

/// Makes two tests of `async fn name(db: Db)`: `name::sqlite` and `name::postgres`.
#[proc_macro_attribute]
pub fn db_test(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let name = &function.sig.ident;
    let (inputs, body, attributes) = (&function.sig.inputs, &function.block, &function.attrs);
    quote! {
        mod #name {
            #[allow(unused_imports)]
            use super::*;

            async fn story(#inputs) #body

            #(#attributes)*
            #[test]
            fn sqlite() {
                ::beffroi_db::testing::on_sqlite(story);
            }

            #(#attributes)*
            #[test]
            fn postgres() {
                ::beffroi_db::testing::on_postgres(story);
            }
        }
    }
    .into()
}
