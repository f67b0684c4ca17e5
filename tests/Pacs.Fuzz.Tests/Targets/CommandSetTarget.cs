using System.Buffers;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Command sets, as a whole and as the fragments of a message.</summary>
internal sealed class CommandSetTarget : FuzzTarget
{
    public override string Name => "command";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        Write(CommandSet.Read([0, 0, 0, 1, 2, 0, 0, 0, 0x30, 0])),
        Write(Request(0x0001)), Write(Request(0x0020)), Write(Request(0x0021)), Write(Request(0x0100)), Write(Request(0x0FFF)),
        Write(Request(0x0001).Response(DimseStatus.ProcessingFailure)),
    ];

    public override bool Run(byte[] input, Random random)
    {
        CommandSet command;
        try
        {
            command = CommandSet.Read(input);
        }
        catch (DimseException)
        {
            return false;
        }
        var written = Write(command);
        Require(written.Length == command.EncodedLength, "A command set is as long as it says.");
        RequireEqual(written, Write(CommandSet.Read(written)), "A command set that is read is written the same.");
        _ = Write(command.Response(DimseStatus.Success));
        RequireSameInFragments(input, written, random);
        return true;
    }

    private static void RequireSameInFragments(byte[] input, byte[] expected, Random random)
    {
        var assembler = new MessageAssembler();
        foreach (var piece in Cut(input, random)) Require(assembler.Take(new PresentationDataValue(1, true, false, piece)) == MessagePart.Incomplete, "A command that has not ended is incomplete.");
        Require(assembler.Take(new PresentationDataValue(1, true, true, default)) == MessagePart.Command, "The last fragment completes the command.");
        RequireEqual(expected, Write(assembler.Command!), "A command set is the same however it comes.");
    }

    private static CommandSet Request(byte[] field) => CommandSet.Read(
    [
        0, 0, 0x02, 0, 18, 0, 0, 0, .. "1.2.840.10008.1.1\0"u8,
        0, 0, 0x00, 1, 2, 0, 0, 0, .. field,
        0, 0, 0x10, 1, 2, 0, 0, 0, 7, 0,
        0, 0, 0x00, 6, 6, 0, 0, 0, .. "TARGET"u8,
        0, 0, 0x00, 7, 2, 0, 0, 0, 0, 0,
        0, 0, 0x00, 8, 2, 0, 0, 0, 1, 0,
        0, 0, 0x00, 16, 6, 0, 0, 0, .. "1.2.3\0"u8,
    ]);

    private static CommandSet Request(ushort field) => Request([(byte)field, (byte)(field >> 8)]);

    private static byte[] Write(CommandSet command)
    {
        var buffer = new ArrayBufferWriter<byte>();
        command.Write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
