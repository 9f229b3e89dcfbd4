import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkHost } from '../lib/binding.js';
import { ERROR_CODES, errorFromFailure, SidekickError } from '../lib/errors.js';

describe('errors', () => {
  it('docs/errors.md has each code, and no other', () => {
    const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(ERR_SIDEKICK_[A-Z_]+)` \|/gm)].map((match) => match[1]);
    expect(documented).toEqual(Object.keys(ERROR_CODES));
  });

  it('E08 a boot failure holds attempts, exit status and the last PHP error', () => {
    const lastError = { message: 'syntax error', file: '/a.php', line: 3 };
    const failure = {
      code: 'ERR_SIDEKICK_BOOT_FAILED',
      message: 'm',
      attempts: 6,
      exitStatus: 255,
      lastError,
    } as const;
    expect(errorFromFailure(failure)).toMatchObject({ name: 'SidekickError', ...failure });
    expect(errorFromFailure({ ...failure, code: 'ERR_SIDEKICK_TIMEOUT' })).not.toHaveProperty('attempts');
  });

  const linux = { platform: 'linux', arch: 'x64', nodeVersion: '20.9.0', glibc: true };
  it('accepts Linux with glibc on x64 and arm64', () => {
    expect(() => checkHost(linux)).not.toThrow();
    expect(() => checkHost({ ...linux, arch: 'arm64', nodeVersion: '22.1.0' })).not.toThrow();
  });

  it.each([
    [{ platform: 'darwin', arch: 'arm64' }, 'does not run on darwin arm64: use Linux'],
    [{ arch: 'riscv64' }, 'does not run on linux riscv64'],
    [{ glibc: false }, 'does not run on linux x64 with a C library other than glibc'],
    [{ nodeVersion: '20.8.1' }, 'needs Node.js 20.9 or later, this is 20.8.1: upgrade Node.js'],
    [{ nodeVersion: '18.20.0' }, 'needs Node.js 20.9 or later'],
  ])('refuses to load on %j, naming it', (host, message) => {
    try {
      checkHost({ ...linux, ...host });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SidekickError);
      expect(error).toMatchObject({ code: 'ERR_SIDEKICK_NATIVE', message: expect.stringContaining(message) });
    }
  });
});
