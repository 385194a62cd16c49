/** What can be subscribed to, beside the free plan. Prices in cents a month. */
export const PLANS = {
  PRO: { name: 'Pro', price: 1_200, currency: 'eur' },
  TEAM: { name: 'Team', price: 4_900, currency: 'eur' },
} as const;

export type PlanId = keyof typeof PLANS;

export const PLAN_IDS = Object.keys(PLANS) as [PlanId, ...PlanId[]];
