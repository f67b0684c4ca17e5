using System.Buffers;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Tests.Messages;

public sealed class MessageAssemblerTests
{
    private static byte[] Command(bool hasDataset)
    {
        var command = CommandSet.StoreRequest("1.2.3", "1.2.3.4");
        command.HasDataset = hasDataset;
        var output = new ArrayBufferWriter<byte>();
        command.Write(output);
        return output.WrittenSpan.ToArray();
    }

    private static PresentationDataValue OfCommand(byte[] bytes, bool isLast = true, byte context = 1) => new(context, true, isLast, bytes);
    private static PresentationDataValue OfDataset(int length, bool isLast, byte context = 1) => new(context, false, isLast, new byte[length]);

    [Fact]
    public void Take_CommandInSingleBytes_IsComplete()
    {
        var assembler = new MessageAssembler();
        var bytes = Command(hasDataset: false);
        for (var i = 0; i < bytes.Length - 1; i++) Assert.Equal(MessagePart.Incomplete, assembler.Take(OfCommand([bytes[i]], isLast: false)));

        Assert.Equal(MessagePart.Command, assembler.Take(OfCommand([bytes[^1]])));
        Assert.Equal("1.2.3.4", assembler.Command!.AffectedSopInstanceUid);
        Assert.False(assembler.IsDatasetOpen);
    }

    [Fact]
    public void Take_Dataset_PassesUntilItsEnd()
    {
        var assembler = new MessageAssembler();

        Assert.Equal(MessagePart.Command, assembler.Take(OfCommand(Command(hasDataset: true))));
        Assert.Equal(MessagePart.Dataset, assembler.Take(OfDataset(10, isLast: false)));
        Assert.True(assembler.IsDatasetOpen);
        Assert.Equal(MessagePart.DatasetEnd, assembler.Take(OfDataset(0, isLast: true)));
        Assert.False(assembler.IsDatasetOpen);
    }

    [Fact]
    public void Take_DatasetWithoutCommand_IsRefused() =>
        Assert.Equal(AbortReason.UnexpectedPduParameter, Assert.Throws<DimseException>(() => new MessageAssembler().Take(OfDataset(2, true))).Reason);

    [Fact]
    public void Take_CommandWithinADataset_IsRefused()
    {
        var assembler = new MessageAssembler();
        assembler.Take(OfCommand(Command(hasDataset: true)));

        Assert.Throws<DimseException>(() => assembler.Take(OfCommand(Command(false))));
    }

    [Fact]
    public void Take_ContextChangesWithinAMessage_IsRefused()
    {
        var assembler = new MessageAssembler();
        assembler.Take(OfCommand(Command(hasDataset: true)));

        Assert.Throws<DimseException>(() => assembler.Take(OfDataset(2, true, context: 3)));
    }

    [Fact]
    public void Take_CommandWithoutEnd_IsRefusedAtTheLimit()
    {
        var assembler = new MessageAssembler(maxCommandLength: 1000);
        assembler.Take(OfCommand(new byte[1000], isLast: false));

        Assert.Throws<DimseException>(() => assembler.Take(OfCommand(new byte[1], isLast: false)));
    }
}
