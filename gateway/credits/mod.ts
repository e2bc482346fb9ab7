export { balanceOf } from "./accounts.ts";
export { takeBack } from "./earn.ts";
export { giversOf } from "./give.ts";
export { startCredits } from "./periodic.ts";
export { creditRoutes } from "./routes.ts";
export { type Payer, reserve, settle } from "./spend.ts";
