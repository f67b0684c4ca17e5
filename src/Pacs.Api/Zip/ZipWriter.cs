using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Pacs.Api.Zip;

/// <summary>
/// The frame of a zip file that is sent while it is made (ISO/IEC 21320-1, PKWARE APPNOTE 6.3): what stands before and after each file,
/// and the directory at the end. Files are stored, not deflated; their bytes are written by others. Checksum and length follow
/// each file, since they are known only then. Zip64 where a length, a place or the number of files asks for it.
/// </summary>
internal sealed class ZipWriter(DateTime modified)
{
    private const int HeaderLength = 30;
    private const int DirectoryLength = 46;
    private const int EndLength = 22;
    private const int Zip64EndLength = 56 + 20;

    private const ushort Stored = 0;

    /// <summary>Checksum and lengths follow the file; the name is UTF-8.</summary>
    private const ushort Flags = 0x0808;

    private readonly List<Entry> _entries = [];
    private readonly uint _time = DosTime(modified);
    private long _position;

    private readonly record struct Entry(byte[] Name, long Place, long Length, uint Crc, bool IsLong);

    /// <summary>What stands before a file.</summary>
    /// <param name="name">With slashes between folders; relative.</param>
    /// <param name="length">Null when it is not known yet.</param>
    public byte[] Begin(string name, long? length)
    {
        var entry = new Entry(Encoding.UTF8.GetBytes(name), _position, 0, 0, IsLong(length));
        _entries.Add(entry);
        var output = new ArrayBufferWriter<byte>(128);
        Write32(output, 0x04034B50);
        WriteKind(output, entry);
        Write32(output, 0);
        Write32(output, entry.IsLong ? uint.MaxValue : 0);
        Write32(output, entry.IsLong ? uint.MaxValue : 0);
        Write16(output, (ushort)entry.Name.Length);
        Write16(output, (ushort)(entry.IsLong ? 20 : 0));
        output.Write(entry.Name);
        if (entry.IsLong)
        {
            Write16(output, 1);
            Write16(output, 16);
            Write64(output, 0);
            Write64(output, 0);
        }
        return Count(output);
    }

    /// <summary>What stands behind the file that was begun last.</summary>
    public byte[] End(long length, uint crc)
    {
        var entry = _entries[^1] with { Length = length, Crc = crc };
        _entries[^1] = entry;
        _position += length;
        var output = new ArrayBufferWriter<byte>(24);
        Write32(output, 0x08074B50);
        Write32(output, crc);
        WriteLengths(output, length, entry.IsLong);
        return Count(output);
    }

    /// <summary>The directory, some files at a time, and the end.</summary>
    public IEnumerable<byte[]> Directory()
    {
        var place = _position;
        foreach (var entry in _entries) yield return Count(DirectoryEntry(entry));
        yield return EndOf(place);
    }

    /// <summary>Bytes of the whole, when the length of each file is known before.</summary>
    /// <param name="files">Names and lengths.</param>
    public static long LengthOf(IEnumerable<(string Name, long Length)> files)
    {
        long place = 0, directory = 0, count = 0;
        foreach (var (name, length) in files)
        {
            var (nameLength, isLong) = (Encoding.UTF8.GetByteCount(name), IsLong(length));
            directory += DirectoryLength + nameLength + ExtraLength(isLong, place);
            place += HeaderLength + nameLength + (isLong ? 20 : 0) + length + (isLong ? 24 : 16);
            count++;
        }
        return place + directory + (NeedsZip64End(count, place, directory) ? Zip64EndLength : 0) + EndLength;
    }

    private ArrayBufferWriter<byte> DirectoryEntry(Entry entry)
    {
        var output = new ArrayBufferWriter<byte>(192);
        var isFar = entry.Place >= uint.MaxValue;
        Write32(output, 0x02014B50);
        Write16(output, 45);
        WriteKind(output, entry);
        Write32(output, entry.Crc);
        WriteLengths(output, entry.IsLong ? uint.MaxValue : entry.Length, isLong: false);
        Write16(output, (ushort)entry.Name.Length);
        Write16(output, (ushort)ExtraLength(entry.IsLong, entry.Place));
        Write16(output, 0);
        Write16(output, 0);
        Write16(output, 0);
        Write32(output, 0);
        Write32(output, isFar ? uint.MaxValue : (uint)entry.Place);
        output.Write(entry.Name);
        if (!entry.IsLong && !isFar) return output;
        Write16(output, 1);
        Write16(output, (ushort)(ExtraLength(entry.IsLong, entry.Place) - 4));
        if (entry.IsLong) WriteLengths(output, entry.Length, isLong: true);
        if (isFar) Write64(output, entry.Place);
        return output;
    }

    private byte[] EndOf(long place)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var (length, count) = (_position - place, (long)_entries.Count);
        if (NeedsZip64End(count, place, length))
        {
            Write32(output, 0x06064B50);
            Write64(output, 44);
            Write16(output, 45);
            Write16(output, 45);
            Write32(output, 0);
            Write32(output, 0);
            Write64(output, count);
            Write64(output, count);
            Write64(output, length);
            Write64(output, place);
            Write32(output, 0x07064B50);
            Write32(output, 0);
            Write64(output, _position);
            Write32(output, 1);
        }
        Write32(output, 0x06054B50);
        Write16(output, 0);
        Write16(output, 0);
        Write16(output, (ushort)Math.Min(count, ushort.MaxValue));
        Write16(output, (ushort)Math.Min(count, ushort.MaxValue));
        Write32(output, (uint)Math.Min(length, uint.MaxValue));
        Write32(output, (uint)Math.Min(place, uint.MaxValue));
        Write16(output, 0);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Version that reads it, flags, method, time.</summary>
    private void WriteKind(ArrayBufferWriter<byte> output, Entry entry)
    {
        Write16(output, (ushort)(entry.IsLong || entry.Place >= uint.MaxValue ? 45 : 20));
        Write16(output, Flags);
        Write16(output, Stored);
        Write32(output, _time);
    }

    private byte[] Count(ArrayBufferWriter<byte> output)
    {
        _position += output.WrittenCount;
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A length that is not known may turn out to be: it is told before the file whether Zip64 follows.</summary>
    private static bool IsLong(long? length) => length is null or >= uint.MaxValue;

    private static int ExtraLength(bool isLong, long place) => (isLong, place >= uint.MaxValue) switch
    {
        (true, true) => 28,
        (true, false) => 20,
        (false, true) => 12,
        _ => 0,
    };

    private static bool NeedsZip64End(long count, long place, long length) => count >= ushort.MaxValue || place >= uint.MaxValue || length >= uint.MaxValue;

    /// <summary>Compressed and uncompressed, which are the same.</summary>
    private static void WriteLengths(ArrayBufferWriter<byte> output, long length, bool isLong)
    {
        for (var i = 0; i < 2; i++)
        {
            if (isLong) Write64(output, length);
            else Write32(output, (uint)length);
        }
    }

    /// <summary>Two seconds to the unit, from 1980.</summary>
    private static uint DosTime(DateTime time) =>
        (uint)(time.Year - 1980 << 25 | time.Month << 21 | time.Day << 16 | time.Hour << 11 | time.Minute << 5 | time.Second / 2);

    private static void Write16(ArrayBufferWriter<byte> output, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(2), value);
        output.Advance(2);
    }

    private static void Write32(ArrayBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    private static void Write64(ArrayBufferWriter<byte> output, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }
}
