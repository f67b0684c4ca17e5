using System.Buffers;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Messages;

public sealed class CommandSetTests
{
    // C-ECHO-RQ, message 1, as DCMTK sends it.
    private const string Echo =
        "00000000 04000000 38000000" +                                            // (0000,0000) 56 bytes follow
        "00000200 12000000 312E322E3834302E31303030382E312E3100" +                // (0000,0002) 1.2.840.10008.1.1
        "00000001 02000000 3000" +                                                // (0000,0100) C-ECHO-RQ
        "00001001 02000000 0100" +                                                // (0000,0110) message 1
        "00000008 02000000 0101";                                                 // (0000,0800) no data set

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    private static byte[] Write(CommandSet command)
    {
        var output = new ArrayBufferWriter<byte>();
        command.Write(output);
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public void Read_Echo_SaysWhatTheBytesSay()
    {
        var command = CommandSet.Read(Bytes(Echo));

        Assert.Equal((CommandField.CEchoRq, 1, Uids.Verification, false), (command.Command, command.MessageId, command.AffectedSopClassUid, command.HasDataset));
    }

    [Fact]
    public void Write_Echo_GivesTheBytes()
    {
        var command = CommandSet.EchoRequest();
        command.MessageId = 1;
        command.HasDataset = false;

        Assert.Equal(Bytes(Echo), Write(command));
        Assert.Equal(Bytes(Echo).Length, command.EncodedLength);
    }

    [Fact]
    public void Read_WrongGroupLengthAndUnknownElements_AreBorne()
    {
        var bytes = Bytes(Echo + "00007777 02000000 4142");
        bytes[8] = 1;

        var command = CommandSet.Read(bytes);

        Assert.Equal("AB", command.GetString(new Tag(0x0000, 0x7777)));
        Assert.Equal(Bytes(Echo + "00007777 02000000 4142").AsSpan(12).ToArray(), Write(command).AsSpan(12).ToArray());
    }

    [Theory]
    [InlineData("0000")]                                 // ends within an element
    [InlineData("00000001 0400")]
    [InlineData("00000001 04000000 3000")]               // value longer than the rest
    [InlineData("00000001 FFFFFFFF 3000")]
    [InlineData("08000500 00000000")]                    // not group 0000
    [InlineData("00001001 02000000 0100")]               // no command field
    [InlineData("")]
    public void Read_NotACommandSet_IsATypedError(string hex) => Assert.Throws<DimseException>(() => CommandSet.Read(Bytes(hex)));

    [Fact]
    public void Read_EveryTruncatedPrefix_IsATypedErrorOrFewerElements()
    {
        var bytes = Bytes(Echo);
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                Assert.True(CommandSet.Read(bytes.AsSpan(0, length)).Elements.Count() < 4);
            }
            catch (DimseException)
            {
                continue;
            }
        }
    }

    [Fact]
    public void Fields_AllOfThem_AreReadBack()
    {
        var command = new CommandSet
        {
            Command = CommandField.CMoveRq,
            MessageId = 65535,
            MessageIdBeingRespondedTo = 7,
            AffectedSopClassUid = "1.2.3",
            RequestedSopClassUid = "1.2.4",
            AffectedSopInstanceUid = "1.2.3.4",
            RequestedSopInstanceUid = "1.2.4.4",
            Priority = Priority.Low,
            Status = DimseStatus.OutOfResources,
            MoveDestination = "DEST",
            MoveOriginatorAeTitle = "ORIGIN",
            MoveOriginatorMessageId = 9,
            RemainingSuboperations = 1,
            CompletedSuboperations = 2,
            FailedSuboperations = 3,
            WarningSuboperations = 4,
            EventTypeId = 5,
            ActionTypeId = 6,
            ErrorId = 8,
            ErrorComment = "Disk full",
            OffendingElements = [new Tag(0x00080018), new Tag(0x0020000D)],
            AttributeIdentifierList = [new Tag(0x00100010)],
            HasDataset = true,
        };

        var read = CommandSet.Read(Write(command));

        Assert.Equal(Write(command), Write(read));
        Assert.Equal(("1.2.3", "1.2.4", "1.2.3.4", "1.2.4.4"), (read.AffectedSopClassUid, read.RequestedSopClassUid, read.AffectedSopInstanceUid, read.RequestedSopInstanceUid));
        Assert.Equal((Priority.Low, DimseStatus.OutOfResources, "DEST", "ORIGIN", (ushort)9), (read.Priority!.Value, read.Status, read.MoveDestination, read.MoveOriginatorAeTitle, read.MoveOriginatorMessageId!.Value));
        Assert.Equal<ushort?>([1, 2, 3, 4], [read.RemainingSuboperations, read.CompletedSuboperations, read.FailedSuboperations, read.WarningSuboperations]);
        Assert.Equal("Disk full", read.ErrorComment);
        Assert.Equal<ushort?>([5, 6, 8], [read.EventTypeId, read.ActionTypeId, read.ErrorId]);
        Assert.Equal([new Tag(0x00080018), new Tag(0x0020000D)], read.OffendingElements);
        Assert.Equal([new Tag(0x00100010)], read.AttributeIdentifierList);
        Assert.True(read.HasDataset);
    }

    [Fact]
    public void ErrorComment_LongAndForeign_IsCutAndAscii()
    {
        var comment = new CommandSet { ErrorComment = "Ä" + new string('x', 100) }.ErrorComment!;

        Assert.Equal("?" + new string('x', 63), comment);
    }

    [Theory]
    [InlineData(CommandField.CStoreRq, CommandField.CStoreRsp)]
    [InlineData(CommandField.CFindRq, CommandField.CFindRsp)]
    [InlineData(CommandField.NActionRq, CommandField.NActionRsp)]
    public void Response_OfARequest_RepeatsWhatItIsAbout(CommandField request, CommandField response)
    {
        var command = new CommandSet { Command = request, MessageId = 12, RequestedSopClassUid = "1.2", RequestedSopInstanceUid = "1.3", ActionTypeId = 1 };

        var rsp = command.Response(DimseStatus.Success);

        Assert.Equal((response, 12, "1.2", "1.3"), (rsp.Command, rsp.MessageIdBeingRespondedTo, rsp.AffectedSopClassUid, rsp.AffectedSopInstanceUid));
        Assert.Equal((true, false, (ushort)1), (rsp.IsResponse, rsp.HasDataset, rsp.ActionTypeId!.Value));
    }

    [Theory]
    [InlineData(0x0000, StatusCategory.Success)]
    [InlineData(0xFF00, StatusCategory.Pending)]
    [InlineData(0xFF01, StatusCategory.Pending)]
    [InlineData(0xFE00, StatusCategory.Cancel)]
    [InlineData(0x0001, StatusCategory.Warning)]
    [InlineData(0x0107, StatusCategory.Warning)]
    [InlineData(0x0116, StatusCategory.Warning)]
    [InlineData(0xB000, StatusCategory.Warning)]
    [InlineData(0xB007, StatusCategory.Warning)]
    [InlineData(0x0110, StatusCategory.Failure)]
    [InlineData(0x0122, StatusCategory.Failure)]
    [InlineData(0xA700, StatusCategory.Failure)]
    [InlineData(0xA900, StatusCategory.Failure)]
    [InlineData(0xC123, StatusCategory.Failure)]
    public void Category_OfAStatus_IsThatOfTheStandard(int value, StatusCategory category) =>
        Assert.Equal(category, new DimseStatus((ushort)value).Category);
}
