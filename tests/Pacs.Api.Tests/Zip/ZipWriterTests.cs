using System.IO.Compression;
using System.Text;
using Pacs.Api.Zip;

namespace Pacs.Api.Tests.Zip;

public sealed class ZipWriterTests
{
    private static readonly DateTime Time = new(2026, 11, 21, 9, 30, 42);

    [Fact]
    public void Crc32_CheckValue_IsThatOfTheStandard()
    {
        var crc = new Crc32();
        crc.Append("1234567"u8);
        crc.Append("89"u8);
        Assert.Equal((0xCBF43926, 9), (crc.Value, crc.Length));
    }

    [Fact]
    public void Crc32_InPiecesOfAnySize_IsTheSame()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        foreach (var size in new[] { 1, 7, 8, 9, 64, 1000 })
        {
            var crc = new Crc32();
            foreach (var piece in bytes.Chunk(size)) crc.Append(piece);
            Assert.Equal(BitByBit(bytes), crc.Value);
        }

        static uint BitByBit(byte[] bytes)
        {
            var state = uint.MaxValue;
            foreach (var b in bytes)
            {
                state ^= b;
                for (var bit = 0; bit < 8; bit++) state = (state & 1) != 0 ? state >> 1 ^ 0xEDB88320 : state >> 1;
            }
            return ~state;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(70_000)]
    public void Zip_OfSmallFiles_IsReadBack(int count)
    {
        var files = Enumerable.Range(0, count).Select(i => ($"a/b{i}.dcm", Encoding.ASCII.GetBytes(new string('x', i % 5)))).ToList();
        foreach (var isLengthKnown in new[] { true, false })
        {
            var bytes = Write(files, isLengthKnown);
            if (isLengthKnown) Assert.Equal(bytes.Length, ZipWriter.LengthOf(files.Select(f => (f.Item1, (long)f.Item2.Length))));
            using var zip = new ZipArchive(new MemoryStream(bytes));
            Assert.Equal(files.Select(f => f.Item1), zip.Entries.Select(e => e.FullName));
            Assert.All(zip.Entries.Take(5), e => Assert.Equal(Time, e.LastWriteTime.DateTime));
            foreach (var (entry, file) in zip.Entries.Zip(files).Take(5))
            {
                using var content = new MemoryStream();
                using (var stream = entry.Open()) stream.CopyTo(content);
                Assert.Equal(file.Item2, content.ToArray());
            }
        }
    }

    [Fact]
    public void Zip_FileOfFiveGigabytes_IsZip64()
    {
        const long Length = 5L << 30;
        var zip = new ZipWriter(Time);
        (string Name, byte[] Bytes)[] frame = [("1", zip.Begin("big", Length)), ("2", zip.End(Length, 1)), ("3", zip.Begin("behind", 3)), ("4", zip.End(3, 2)), .. zip.Directory().Select(b => ("5", b))];
        Assert.Equal(frame.Sum(f => f.Bytes.Length) + Length + 3, ZipWriter.LengthOf([("big", Length), ("behind", 3)]));
        using var sparse = new SparseStream([(0, frame[0].Bytes), (frame[0].Bytes.Length + Length, [.. frame[1].Bytes, .. frame[2].Bytes, 1, 2, 3, .. frame.Skip(3).SelectMany(f => f.Bytes)])]);
        using var archive = new ZipArchive(sparse);
        Assert.Equal([("big", Length), ("behind", 3L)], archive.Entries.Select(e => (e.FullName, e.Length)));
        using var behind = archive.Entries[1].Open();
        Assert.Equal([1, 2, 3], new[] { behind.ReadByte(), behind.ReadByte(), behind.ReadByte() });
    }

    private static byte[] Write(List<(string Name, byte[] Bytes)> files, bool isLengthKnown)
    {
        using var output = new MemoryStream();
        var zip = new ZipWriter(Time);
        foreach (var (name, bytes) in files)
        {
            output.Write(zip.Begin(name, isLengthKnown ? bytes.Length : null));
            output.Write(bytes);
            var crc = new Crc32();
            crc.Append(bytes);
            output.Write(zip.End(crc.Length, crc.Value));
        }
        foreach (var block in zip.Directory()) output.Write(block);
        return output.ToArray();
    }

    /// <summary>Zeros, but for some places.</summary>
    private sealed class SparseStream((long Place, byte[] Bytes)[] islands) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => islands[^1].Place + islands[^1].Bytes.Length;
        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, Length - Position);
            for (var i = 0; i < count; i++, Position++)
            {
                var island = Array.Find(islands, s => Position >= s.Place && Position < s.Place + s.Bytes.Length);
                buffer[offset + i] = island.Bytes is null ? (byte)0 : island.Bytes[Position - island.Place];
            }
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => Length };
        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
