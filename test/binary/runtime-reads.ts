/** The variables that the C++ and C code of an ELF program for x64 passes to a function of getenv. */
export function variablesOfMachineCode(program: Buffer): ReadonlySet<string> {
  const sections = elfSections(program);
  const section = (name: string): Section => {
    const found = sections.get(name);
    if (found === undefined) throw new Error(`the program has no section ${name}`);
    return found;
  };
  const [text, constants] = [section('.text'), section('.rodata')];
  const readers = new Set([
    ...stubs(program, section),
    ...functions(program, section('.symtab'), section('.strtab')),
  ]);
  const found = new Set<string>();
  for (let at = text.offset; at < text.offset + text.size - 5; at += 1) {
    // CALL and JMP with a relative target.
    if (program[at] !== 0xe8 && program[at] !== 0xe9) continue;
    const address = at - text.offset + text.address;
    if (!readers.has(address + 5 + program.readInt32LE(at + 1))) continue;
    const name = firstArgument(program, at, address, constants);
    if (name !== undefined) found.add(name);
  }
  return found;
}

/** The string that the instructions before a call put into the register of the first argument. */
function firstArgument(
  program: Buffer,
  call: number,
  address: number,
  constants: Section,
): string | undefined {
  for (let back = 5; back < 64; back += 1) {
    const at = call - back;
    // MOV EDI, constant; LEA RDI, [RIP + distance].
    const value =
      program[at] === 0xbf
        ? program.readUInt32LE(at + 1)
        : program[at] === 0x48 && program[at + 1] === 0x8d && program[at + 2] === 0x3d
          ? address - back + 7 + program.readInt32LE(at + 3)
          : 0;
    const offset = value - constants.address;
    if (offset <= 0 || offset >= constants.size) continue;
    const start = constants.offset + offset;
    const string = program.toString('latin1', start, program.indexOf(0, start));
    if (/^[A-Za-z]\w+$/.test(string)) return string;
  }
  return undefined;
}

interface Section {
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function elfSections(program: Buffer): ReadonlyMap<string, Section> {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('not ELF64 LE');
  const number = (at: number): number => Number(program.readBigUInt64LE(at));
  const headers = Array.from({ length: program.readUInt16LE(0x3c) }, (_, index) => {
    const at = number(0x28) + index * program.readUInt16LE(0x3a);
    return {
      name: program.readUInt32LE(at),
      section: { address: number(at + 16), offset: number(at + 24), size: number(at + 32) },
    };
  });
  const names = headers[program.readUInt16LE(0x3e)]?.section.offset ?? 0;
  return new Map(
    headers.map(({ name, section }) => [cString(program, names + name), section] as const),
  );
}

/** The addresses of the stubs by which a program calls getenv of libc. */
function stubs(program: Buffer, section: (name: string) => Section): number[] {
  const [plt, jumps] = [section('.plt'), section('.rela.plt')];
  const [symbols, strings] = [section('.dynsym'), section('.dynstr')];
  return Array.from({ length: jumps.size / 24 }, (_, index) => {
    const symbol = program.readUInt32LE(jumps.offset + index * 24 + 12);
    const name = program.readUInt32LE(symbols.offset + symbol * 24);
    const isReader = /^(secure_)?getenv$/.test(cString(program, strings.offset + name));
    return isReader ? [plt.address + 16 * (index + 1)] : [];
  }).flat();
}

/** The addresses of the functions of Node, libuv and OpenSSL that call getenv. */
function functions(program: Buffer, symbols: Section, strings: Section): number[] {
  const addresses: number[] = [];
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += 24) {
    const name = cString(program, strings.offset + program.readUInt32LE(at));
    if (/^(uv_os_getenv|ossl_safe_getenv)$|credentials\d+SafeGetenv/.test(name)) {
      addresses.push(Number(program.readBigUInt64LE(at + 8)));
    }
  }
  return addresses;
}

function cString(program: Buffer, at: number): string {
  return program.toString('latin1', at, program.indexOf(0, at));
}

/** The variables that the JavaScript in a Node binary reads by name. */
export function variablesOfScripts(program: Buffer): ReadonlySet<string> {
  const found = new Set<string>();
  // A script with characters outside of Latin-1 is stored as UTF-16, at an even or odd offset.
  for (const text of [
    program.toString('latin1'),
    program.toString('utf16le'),
    program.toString('utf16le', 1),
  ]) {
    for (const [, name = ''] of text.matchAll(/\benv(?:\.|\[')([A-Za-z_]\w*)/g)) found.add(name);
  }
  // Comments name the sources env.cc and env.h.
  found.delete('cc');
  found.delete('h');
  return found;
}

/** Strings with a prefix of variables: some names get to getenv by way of tables. */
export function variablesByPrefix(program: Buffer): ReadonlySet<string> {
  const strings = program
    .toString('latin1')
    .matchAll(
      /(?<=\0)(?:NODE_[A-Z0-9_]{3,}|SSL_CERT_(?:FILE|DIR)|OPENSSL_(?:CONF|ENGINES|MODULES|[a-z0-9]+cap))(?=\0)/g,
    );
  const found = new Set([...strings].map(([name]) => name));
  // Names of constants.
  for (const name of found)
    if (/^NODE_(PERFORMANCE_|SEA_BLOB$|DEBUG_ENABLED$)/.test(name)) found.delete(name);
  return found;
}
