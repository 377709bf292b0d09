create database if not exists bronze;
create database if not exists silver;
create database if not exists gold;
create database if not exists features;
create database if not exists stage;
create database if not exists operations;
