import type { DemoTenant } from './config.ts';
import { CALLER_NAMES, CALLERS, type Caller, identityOf } from './identity.ts';

interface TenantPickerProps {
  readonly tenants: readonly DemoTenant[];
  readonly choice: { readonly slug: string; readonly caller: Caller };
  readonly onPick: (slug: string, caller: Caller) => void;
}

/** One radio a tenant, so that arrow keys move between them, and the roles beside it. */
export function TenantPicker({ tenants, choice, onPick }: TenantPickerProps) {
  return (
    <div className="pg-picker">
      <fieldset className="pg-tenants">
        <legend>Tenant</legend>
        {tenants.map(({ slug, tier }) => (
          <label key={slug} className="pg-tenant" data-hue={identityOf(tenants, slug, 'owner')?.hue}>
            <input
              type="radio"
              name="tenant"
              value={slug}
              checked={slug === choice.slug}
              onChange={() => onPick(slug, choice.caller)}
            />
            <span className="pg-dot" aria-hidden="true" />
            <span className="pg-slug">{slug}</span>
            <span className="pg-tier">{tier.toLowerCase()}</span>
          </label>
        ))}
      </fieldset>
      <label className="pg-role">
        <span>as</span>
        <select
          aria-label="Role"
          value={choice.caller}
          onChange={(event) => {
            const caller = CALLERS.find((name) => name === event.target.value);
            if (caller) onPick(choice.slug, caller);
          }}
        >
          {CALLERS.map((caller) => (
            <option key={caller} value={caller}>
              {CALLER_NAMES[caller]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Where there is no demo: a token of the configured issuer, kept in memory until the page is closed. */
export function TokenField({ onToken }: { onToken: (token: string) => void }) {
  return (
    <form
      className="pg-token"
      onSubmit={(event) => {
        event.preventDefault();
        const text = String(new FormData(event.currentTarget).get('token') ?? '');
        onToken(text.trim().replace(/^Bearer\s+/i, ''));
      }}
    >
      <input
        name="token"
        type="password"
        aria-label="Access token"
        autoComplete="off"
        spellCheck={false}
        placeholder="Paste an access token; it is not stored"
      />
      <button type="submit" className="pg-button">
        Use token
      </button>
    </form>
  );
}
