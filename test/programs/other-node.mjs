// Given to node by --import: makes it look like the version that SIDEKICK_TEST_NODE names.
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: process.env.SIDEKICK_TEST_NODE } });
