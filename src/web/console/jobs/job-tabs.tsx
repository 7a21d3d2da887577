import { TabLinks } from '../ui/tab-links.tsx';

const tabs = [
  { path: '/', title: 'All jobs' },
  { path: '/dead-letters', title: 'Dead letters' },
];

export function JobTabs() {
  return <TabLinks label="Lists of jobs" tabs={tabs} />;
}
