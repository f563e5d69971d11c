/** A load generator is one principal; its rate is not what is measured. A loaded machine is not an outage. */
export const UNLIMITED = {
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_TENANT_PER_MINUTE: '1000000000',
  RATE_LIMIT_OPERATION_PER_MINUTE: '1000000000',
  COST_PER_MINUTE: '1000000000000',
  STORE_TIMEOUT_MS: '15000',
  OPERATION_TIMEOUT_MS: '30000',
};

/** For comparisons with what keeps nothing; what keeping gives is measured by itself. */
export const UNLIMITED_AND_UNCACHED = { ...UNLIMITED, CACHE: 'off' };
