/** For how many days data is stored that the operator has set a time for. What has no end is not here. */
export interface Retention {
  /** Of the request log, after the request has started. */
  readonly requestDays: number;
  /** Of the bodies of requests and replies. 0: none are kept. */
  readonly bodyDays: number;
  /** Of stored Responses. 0: none are stored. */
  readonly responseDays: number;
  /** Of the inputs, results and attempts of jobs, after the job has ended. */
  readonly jobDays: number;
}
