import compat from "preact/compat";
export = compat;
