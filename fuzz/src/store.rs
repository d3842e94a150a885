//! What the columns of the national file are read into.

pub mod schools {
    //! As in the directory's store.

    /// A school of the file.
    #[derive(Debug)]
    pub struct Record {
        pub uai: String,
        pub name: String,
        pub kind: String,
        pub city: String,
        pub postcode: String,
        pub insee: Option<String>,
        pub academy: String,
        pub department: String,
        pub latitude: Option<f64>,
        pub longitude: Option<f64>,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub pupils: Option<i32>,
    }
}
