import { useState } from 'react';
import type { Plan } from '../api.ts';
import { messageOf, useLoaded } from '../loaded.ts';
import type { Session } from '../session.ts';

export function PlansPage({ session }: { session: Session }) {
  const { value, error } = useLoaded(session.api.plans);
  const [refused, setRefused] = useState<string>();

  async function buy(plan: Plan) {
    try {
      const { url } = await session.api.checkout(plan.id);
      window.location.assign(url);
    } catch (reason) {
      setRefused(messageOf(reason));
    }
  }

  return (
    <>
      <h1>Plans</h1>
      {(error ?? refused) && <p role="alert">{error ?? refused}</p>}
      <div className="plans">
        {value?.plans.map((plan) => (
          <section key={plan.id}>
            <h2>{plan.name}</h2>
            <p>{price(plan)} a month</p>
            {value.paymentEnabled && (
              <button type="button" disabled={!session.signedIn} onClick={() => buy(plan)}>
                Subscribe
              </button>
            )}
          </section>
        ))}
      </div>
    </>
  );
}

function price({ price: cents, currency }: Plan): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100);
}
