import { CONTENDERS, type ContenderName } from './contenders.ts';
import { benchGateways } from './index.ts';
import { reportGateways } from './report.ts';

const [names = 'polygraph,vanilla', seconds = '1', rounds = '3'] = process.argv.slice(2);
const result = await benchGateways({
  names: names.split(',').filter((n): n is ContenderName => n in CONTENDERS),
  seconds: Number(seconds),
  rounds: Number(rounds),
  progress: (l) => process.stderr.write(`${l}\n`),
});
process.stdout.write(`${reportGateways(result)}\n`);
process.exit(0);
