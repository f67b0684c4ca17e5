using System.Text;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Tests.UpperLayer;

public sealed class PduReaderTests
{
    [Fact]
    public void TryRead_AssociateRq_SaysWhatTheBytesSay()
    {
        var rq = Assert.IsType<AAssociateRq>(GoldenPdus.Read(GoldenPdus.AssociateRq));

        Assert.Equal(("PACS", "MODALITY", 1), (rq.CalledAeTitle, rq.CallingAeTitle, rq.ProtocolVersion));
        Assert.Equal("1.2.840.10008.3.1.1.1", rq.ApplicationContextName);
        var context = Assert.Single(rq.PresentationContexts);
        Assert.Equal((1, "1.2.840.10008.1.1"), (context.Id, context.AbstractSyntax));
        Assert.Equal(["1.2.840.10008.1.2"], context.TransferSyntaxes);
        var user = rq.UserInformation;
        Assert.Equal((16384u, "1.2.3", "TEST"), (user.MaxPduLength, user.ImplementationClassUid, user.ImplementationVersionName));
        Assert.Equal(new AsyncOperationsWindow(2, 3), user.AsyncOperationsWindow);
        Assert.Equal([new RoleSelection("1.2.840", Scu: false, Scp: true)], user.RoleSelections);
        Assert.Equal(("1.2.840", "010001"), (user.ExtendedNegotiations[0].SopClassUid, Convert.ToHexString(user.ExtendedNegotiations[0].ApplicationInformation.Span)));
        var common = Assert.Single(user.CommonExtendedNegotiations);
        Assert.Equal(("1.2.840", "1.2.841", 0), (common.SopClassUid, common.ServiceClassUid, common.Version));
        Assert.Equal(["1.2.842"], common.RelatedGeneralSopClassUids);
        Assert.Equal(("bob", true), (user.UserIdentity!.UserName, user.UserIdentity.PositiveResponseRequested));
        Assert.Equal("12345", Encoding.UTF8.GetString(user.UserIdentity.SecondaryField.Span));
        Assert.DoesNotContain("bob", user.ToString());
    }

    [Fact]
    public void TryRead_AssociateAc_SaysWhatTheBytesSay()
    {
        var ac = Assert.IsType<AAssociateAc>(GoldenPdus.Read(GoldenPdus.AssociateAc));

        Assert.Equal(
            [new PresentationContextResult(1, PresentationContextReason.Acceptance, "1.2.840.10008.1.2"), new PresentationContextResult(3, PresentationContextReason.AbstractSyntaxNotSupported, "")],
            ac.PresentationContexts);
        Assert.Equal(0u, ac.UserInformation.MaxPduLength);
        Assert.Equal("ticket", Encoding.UTF8.GetString(ac.UserInformation.UserIdentityResponse!.Value.Span));
    }

    [Fact]
    public void TryRead_SmallPdus_SayWhatTheBytesSay()
    {
        Assert.Equal(new AAssociateRj(Rejection.CalledAeTitleNotRecognized), GoldenPdus.Read(GoldenPdus.AssociateRj));
        Assert.Equal(new AAbort(AbortSource.ServiceProvider, AbortReason.InvalidPduParameterValue), GoldenPdus.Read(GoldenPdus.Abort));
        Assert.IsType<AReleaseRq>(GoldenPdus.Read(GoldenPdus.ReleaseRq));
        Assert.IsType<AReleaseRp>(GoldenPdus.Read(GoldenPdus.ReleaseRp));
    }

    [Fact]
    public void TryRead_PData_GivesItsValues()
    {
        var values = Assert.IsType<PDataTf>(GoldenPdus.Read(GoldenPdus.PData)).Values;

        Assert.Equal(2, values.Count);
        Assert.Equal((1, true, true, "DEADBEEF"), (values[0].ContextId, values[0].IsCommand, values[0].IsLast, Convert.ToHexString(values[0].Data.Span)));
        Assert.Equal((3, false, false, "010203"), (values[1].ContextId, values[1].IsCommand, values[1].IsLast, Convert.ToHexString(values[1].Data.Span)));
    }

    [Theory]
    [MemberData(nameof(GoldenPdus.All), MemberType = typeof(GoldenPdus))]
    public void TryRead_EveryTruncatedPrefix_NeedsMore(string name, byte[] bytes)
    {
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(PduReader.TryRead(bytes.AsSpan(0, length), PduLimits.Default, out var pdu, out var consumed), $"{name}, {length} bytes");
            Assert.Null(pdu);
            Assert.Equal(0, consumed);
        }
    }

    [Theory]
    [MemberData(nameof(GoldenPdus.All), MemberType = typeof(GoldenPdus))]
    public void TryRead_MoreBehind_LeavesIt(string name, byte[] bytes)
    {
        Assert.True(PduReader.TryRead([.. bytes, 0x05, 0x00], PduLimits.Default, out _, out var consumed), name);
        Assert.Equal(bytes.Length, consumed);
    }

    [Theory]
    [MemberData(nameof(GoldenPdus.All), MemberType = typeof(GoldenPdus))]
    public void ToArray_OfWhatWasRead_GivesTheSameBytes(string name, byte[] bytes)
    {
        Assert.True(bytes.AsSpan().SequenceEqual(PduWriter.ToArray(GoldenPdus.Read(bytes))), name);
    }

    [Fact]
    public void ToArray_EveryUserItem_IsReadBack()
    {
        foreach (var type in Enum.GetValues<UserIdentityType>())
        {
            var rq = new AAssociateRq
            {
                CalledAeTitle = "A",
                CallingAeTitle = "SIXTEEN_LETTERS_",
                UserInformation = new UserInformation
                {
                    ExtendedNegotiations = [new SopClassExtendedNegotiation("1.2", new byte[] { 1, 0, 1 })],
                    CommonExtendedNegotiations = [new SopClassCommonExtendedNegotiation("1.2", "1.3", ["1.4", "1.5.6"]) { Version = 7 }],
                    UserIdentity = new UserIdentity(type, new byte[] { 65, 66 }) { PositiveResponseRequested = true },
                },
            };

            var bytes = PduWriter.ToArray(rq);
            var user = Assert.IsType<AAssociateRq>(GoldenPdus.Read(bytes)).UserInformation;

            Assert.Equal(bytes, PduWriter.ToArray(GoldenPdus.Read(bytes)));
            Assert.Equal((type, 2), (user.UserIdentity!.Type, user.UserIdentity.PrimaryField.Length));
            Assert.Equal(["1.4", "1.5.6"], user.CommonExtendedNegotiations[0].RelatedGeneralSopClassUids);
            Assert.Equal(7, user.CommonExtendedNegotiations[0].Version);
            Assert.Equal([1, 0, 1], user.ExtendedNegotiations[0].ApplicationInformation.ToArray());
        }
    }

    [Theory]
    [InlineData("58 00 0009 01 00 0003 626F62 0000", UserIdentityType.UserName, "bob")]
    [InlineData("58 00 000B 02 00 0003 626F62 0002 3132", UserIdentityType.UserNameAndPasscode, "bob")]
    [InlineData("58 00 0008 03 01 0002 0102 0000", UserIdentityType.KerberosServiceTicket, null)]
    [InlineData("58 00 0008 04 01 0002 3C3E 0000", UserIdentityType.SamlAssertion, null)]
    [InlineData("58 00 0008 05 01 0002 7B7D 0000", UserIdentityType.JsonWebToken, null)]
    [InlineData("58 00 0008 09 00 0002 0102 0000", (UserIdentityType)9, null)]
    public void TryRead_UserIdentity_OfEveryTypeIsReadAndWrittenBack(string item, UserIdentityType type, string? userName)
    {
        var bytes = GoldenPdus.Hex(item);
        var known = PduWriter.ToArray(new AAssociateRq { CalledAeTitle = "A", CallingAeTitle = "B" });
        byte[] pdu = [.. known, .. bytes];
        pdu[5] += (byte)bytes.Length;
        pdu[known.Length - 1] += (byte)bytes.Length;

        var rq = Assert.IsType<AAssociateRq>(GoldenPdus.Read(pdu));

        Assert.Equal((type, userName), (rq.UserInformation.UserIdentity!.Type, rq.UserInformation.UserIdentity.UserName));
        Assert.Equal(pdu, PduWriter.ToArray(rq));
    }

    [Fact]
    public void TryRead_UnknownItems_AreSkipped()
    {
        var known = PduWriter.ToArray(new AAssociateRq { CalledAeTitle = "A", CallingAeTitle = "B" });
        byte[] unknown = [.. known, 0x7F, 0x00, 0x00, 0x02, 0xAA, 0xBB];
        unknown[5] = (byte)(known[5] + 6);

        Assert.Equal(known, PduWriter.ToArray(GoldenPdus.Read(unknown)));
    }

    [Theory]
    [InlineData("00", AbortReason.UnrecognizedPdu)]                    // no such type
    [InlineData("08", AbortReason.UnrecognizedPdu)]
    [InlineData("47 45 54 20 2F 20", AbortReason.UnrecognizedPdu)]     // "GET / "
    [InlineData("16 03 01", AbortReason.UnrecognizedPdu)]              // a ClientHello
    [InlineData("01 00 FFFFFFFF", AbortReason.InvalidPduParameterValue)]
    [InlineData("01 00 00080001", AbortReason.InvalidPduParameterValue)] // one more than 512 KiB
    [InlineData("04 00 00020001", AbortReason.InvalidPduParameterValue)] // one more than negotiated
    [InlineData("05 00 00000005", AbortReason.InvalidPduParameterValue)] // fixed lengths
    [InlineData("07 00 00000000", AbortReason.InvalidPduParameterValue)]
    public void TryRead_HeaderOutOfBounds_IsRefusedBeforeTheBodyIsThere(string header, AbortReason reason)
    {
        var e = Assert.Throws<PduException>(() => PduReader.TryRead(GoldenPdus.Hex(header), PduLimits.Default, out _, out _));

        Assert.Equal(reason, e.Reason);
    }

    [Fact]
    public void TryRead_EveryItemLengthThatLies_IsATypedErrorOrAnotherRequest()
    {
        var golden = GoldenPdus.AssociateRq;
        for (var at = 6; at < golden.Length; at++)
        {
            foreach (var value in (byte[])[0x00, 0x01, 0x7F, 0xFF])
            {
                var bytes = (byte[])golden.Clone();
                bytes[at] = value;
                try
                {
                    PduReader.TryRead(bytes, PduLimits.Default, out _, out _);
                }
                catch (PduException e)
                {
                    Assert.Equal(AbortReason.InvalidPduParameterValue, e.Reason);
                }
            }
        }
    }

    [Theory]
    [InlineData("04 00 00000003 000001")]                // too short for a value
    [InlineData("04 00 00000006 00000001 01 03")]        // a value without control
    [InlineData("04 00 00000006 00000003 01 03")]        // a value longer than its PDU
    [InlineData("04 00 00000006 FFFFFFFF 01 03")]
    [InlineData("04 00 0000000A 00000003 01 03 00 000000")] // rest too short for a value
    public void TryRead_ValuesThatDoNotFitTheirPdu_AreRefused(string hex)
    {
        var e = Assert.Throws<PduException>(() => PduReader.TryRead(GoldenPdus.Hex(hex), PduLimits.Default, out _, out _));

        Assert.Equal(AbortReason.InvalidPduParameterValue, e.Reason);
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(3, 3)]
    public void TryRead_ContextIdsEvenOrTwice_AreRefused(byte first, byte second)
    {
        var rq = new AAssociateRq
        {
            CalledAeTitle = "A",
            CallingAeTitle = "B",
            PresentationContexts = [new PresentationContextProposal(first, "1.2", ["1.3"]), new PresentationContextProposal(second, "1.2", ["1.3"])],
        };

        Assert.Throws<PduException>(() => GoldenPdus.Read(PduWriter.ToArray(rq)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void PDataReader_BytesInPiecesOfAnySize_GivesTheSameData(int piece)
    {
        var (reader, data, ends) = (new PDataReader(), new List<byte>(), 0);
        reader.Begin(new PduHeader(PduType.PDataTf, (uint)GoldenPdus.PData.Length - PduHeader.Size));
        var pending = new List<byte>();
        foreach (var bytes in GoldenPdus.PData.Skip(PduHeader.Size).Chunk(piece))
        {
            pending.AddRange(bytes);
            ReadOnlyMemory<byte> buffer = pending.ToArray();
            while (reader.TryRead(ref buffer, out var part))
            {
                data.AddRange(part.Data.Span);
                if (part.IsLast) ends++;
            }
            pending = [.. buffer.Span];
        }

        Assert.Equal("DEADBEEF010203", Convert.ToHexString(data.ToArray()));
        Assert.Equal(1, ends);
        Assert.False(reader.IsWithinPdu);
    }
}
